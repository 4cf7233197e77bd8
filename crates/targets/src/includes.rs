use http::Method;

use crate::pattern::{HostPattern, PortPattern};
use crate::{Host, HttpPattern, METHODS, Scheme};

impl HttpPattern {
    /// Whether every request that `other` covers is covered by this one too.
    pub fn includes(&self, other: &Self) -> bool {
        self.includes_methods(other) && self.includes_host(other) && self.includes_ports(other)
    }

    fn includes_methods(&self, other: &Self) -> bool {
        let methods =
            |pattern: &Self| -> Vec<Method> { pattern.methods.clone().unwrap_or_else(|| METHODS.to_vec()) };
        let own = methods(self);
        methods(other).iter().all(|method| own.contains(method))
    }

    fn includes_host(&self, other: &Self) -> bool {
        match (&self.host, &other.host) {
            (HostPattern::Any, _) => true,
            (HostPattern::Exact(own), HostPattern::Exact(other)) => own == other,
            (HostPattern::Below(suffix), HostPattern::Exact(Host::Name(name))) => {
                name.len() > suffix.len() && name.ends_with(suffix.as_str())
            }
            (HostPattern::Below(suffix), HostPattern::Below(other)) => other.ends_with(suffix.as_str()),
            _ => false,
        }
    }

    /// Scheme by scheme, since a port may follow from it.
    fn includes_ports(&self, other: &Self) -> bool {
        let schemes = [Scheme::Http, Scheme::Https].into_iter();
        let mut schemes = schemes.filter(|scheme| other.scheme.is_none_or(|other| other == *scheme));
        schemes.all(|scheme| {
            let own = self.port.with(scheme);
            self.scheme.is_none_or(|own| own == scheme) && (own.is_none() || own == other.port.with(scheme))
        })
    }
}

impl PortPattern {
    /// Nothing if it is any.
    fn with(self, scheme: Scheme) -> Option<u16> {
        match self {
            Self::Any => None,
            Self::Own => Some(scheme.default_port()),
            Self::Exact(port) => Some(port),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_pattern_includes_what_it_covers_and_no_more() {
        for (pattern, within, beyond) in [
            (
                "*",
                "GET http://a.example:99 * https://* *:1 [::1] *.b.example",
                "",
            ),
            (
                "https://*",
                "https://a.example:8443 https://*:1",
                "* a.example http://a.example *:443",
            ),
            (
                "a.example",
                "a.example http://a.example https://a.example:443 http://a.example:80",
                "a.example:443 a.example:* *.a.example * b.a.example",
            ),
            (
                "https://a.example",
                "https://a.example:443",
                "a.example http://a.example https://a.example:*",
            ),
            (
                "a.example:443",
                "https://a.example https://a.example:443",
                "http://a.example a.example",
            ),
            (
                "*.b.example",
                "a.b.example *.a.b.example *.b.example",
                "b.example *.example ab.example * 10.0.0.1",
            ),
            ("a.example:*", "a.example https://a.example:1", "b.example"),
            ("[::1]", "[0:0::1]", "[::2] *"),
        ] {
            let own: HttpPattern = pattern.parse().unwrap();
            for (others, expected) in [(within, true), (beyond, false)] {
                // Methods stand before a space.
                for other in others.replace("GET ", "GET_").split_whitespace() {
                    let other: HttpPattern = other.replace('_', " ").parse().unwrap();
                    assert_eq!(own.includes(&other), expected, "{own} and {other}");
                }
            }
        }
        let includes = |one: &str, other: &str| {
            one.parse::<HttpPattern>()
                .unwrap()
                .includes(&other.parse().unwrap())
        };
        assert!(includes("GET,HEAD a.example", "GET a.example"));
        assert!(includes(
            "GET,HEAD,POST,PUT,PATCH,DELETE,OPTIONS a.example",
            "a.example"
        ));
        assert!(!includes("GET a.example", "a.example"));
        assert!(!includes("GET a.example", "GET,POST a.example"));
    }
}
