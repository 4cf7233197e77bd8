use std::fmt;

use http::Method;
use monshyflow_targets::{HttpPattern, InvalidPattern};

use super::target::Target;

/// Where a node type may send requests, as a tenant's admin granted it. Nothing is allowed that no pattern covers.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct HttpGrant {
    patterns: Vec<HttpPattern>,
}

impl HttpGrant {
    pub fn new(patterns: Vec<HttpPattern>) -> Self {
        Self { patterns }
    }

    /// # Errors
    ///
    /// The first text that is not a pattern, with the reason.
    pub fn parse<T: AsRef<str>>(targets: impl IntoIterator<Item = T>) -> Result<Self, InvalidPattern> {
        let patterns = targets.into_iter().map(|target| target.as_ref().parse());
        patterns.collect::<Result<_, _>>().map(Self::new)
    }

    pub fn allows(&self, method: &Method, target: &Target) -> bool {
        let to = (target.scheme, &target.host, target.port);
        self.patterns.iter().any(|pattern| pattern.covers(method, to))
    }
}

/// The patterns with commas between.
impl fmt::Display for HttpGrant {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (index, pattern) in self.patterns.iter().enumerate() {
            if index > 0 {
                f.write_str(", ")?;
            }
            pattern.fmt(f)?;
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(pattern: &str, covered: &[&str], not_covered: &[&str]) {
        let grant = HttpGrant::parse([pattern]).unwrap();
        assert_eq!(grant.to_string(), pattern);
        for (requests, expected) in [(covered, true), (not_covered, false)] {
            for request in requests {
                let (method, uri) = request.split_once(' ').unwrap_or(("GET", request));
                let target = Target::new(&uri.parse().unwrap(), 1000).unwrap();
                let method = method.parse().unwrap();
                assert_eq!(
                    grant.allows(&method, &target),
                    expected,
                    "{pattern} and {request}"
                );
            }
        }
    }

    #[test]
    fn patterns_cover_what_they_say() {
        check(
            "https://api.example.com",
            &[
                "https://api.example.com/x",
                "https://API.EXAMPLE.COM.:443/",
                "POST https://api.example.com/",
            ],
            &[
                "http://api.example.com/",
                "https://api.example.com:8443/",
                "https://x.api.example.com/",
                "https://api.example.com.evil.example/",
                "https://evil.example/api.example.com",
                "TRACE https://api.example.com/",
                "CONNECT https://api.example.com/",
                "PURGE https://api.example.com/",
            ],
        );
        check(
            "api.example.com",
            &["https://api.example.com/", "http://api.example.com/"],
            &["http://api.example.com:443/", "http://api.example.com:8080/"],
        );
        check(
            "*.example.com:8443",
            &["https://a.example.com:8443/", "http://a.b.example.com:8443/"],
            &[
                "https://example.com:8443/",
                "https://a.example.com/",
                "https://aexample.com:8443/",
            ],
        );
        check(
            "*",
            &[
                "https://a.example/",
                "http://1.1.1.1:99/",
                "http://[2606:4700::1]:1/",
            ],
            &["TRACE https://a/"],
        );
        check("https://*", &["https://a.example:8443/"], &["http://a.example/"]);
        check("*:8443", &["https://a.example:8443/"], &["https://a.example/"]);
        check(
            "a.example:*",
            &["https://a.example:8443/", "http://a.example/"],
            &["https://b.example/"],
        );
        check(
            "GET,HEAD https://a.example",
            &["https://a.example/", "HEAD https://a.example/"],
            &["POST https://a.example/"],
        );
        check(
            "http://127.0.0.1:8999",
            &["http://127.0.0.1:8999/"],
            &["http://127.0.0.1/", "http://127.0.0.2:8999/"],
        );
        check(
            "[2606:4700::1]",
            &["https://[2606:4700:0::1]/"],
            &["https://[2606:4700::2]/"],
        );
        let nothing = HttpGrant::default();
        assert!(!nothing.allows(
            &Method::GET,
            &Target::new(&"http://a.example".parse().unwrap(), 99).unwrap()
        ));
    }
}
