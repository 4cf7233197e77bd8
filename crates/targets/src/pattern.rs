use std::fmt;
use std::str::FromStr;

use http::Method;

use crate::{Host, InvalidHost, Scheme, parse_port, split_port};

/// The methods that a guest may use. CONNECT and TRACE would let it speak to something else than the target.
pub const METHODS: [Method; 7] = [
    Method::GET,
    Method::HEAD,
    Method::POST,
    Method::PUT,
    Method::PATCH,
    Method::DELETE,
    Method::OPTIONS,
];

/// Longest text of a pattern, bytes.
const PATTERN_BYTES: usize = 512;

/// One line of a grant, written as in a manifest: `[METHODS ][SCHEME://]HOST[:PORT]`.
///
/// | part | values | left out |
/// |---|---|---|
/// | methods | `GET,HEAD` and a space | every method of `METHODS` |
/// | scheme | `http`, `https` | both |
/// | host | `api.example.com`, `*.example.com` (any depth below, not itself), an IP address, `*` | |
/// | port | a number, `*` | the scheme's own, 80 or 443; any for the host `*` |
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct HttpPattern {
    pub(crate) methods: Option<Vec<Method>>,
    pub(crate) scheme: Option<Scheme>,
    pub(crate) host: HostPattern,
    pub(crate) port: PortPattern,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum HostPattern {
    Any,
    Exact(Host),
    /// With the leading dot.
    Below(String),
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum PortPattern {
    Any,
    Own,
    Exact(u16),
}

/// A text is not a pattern.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error(
    "`{text}` is not a target of the capability `http`: {reason}; write for example `https://api.example.com`, \
     `*.example.com:8443`, `GET https://api.example.com` or `*`"
)]
pub struct InvalidPattern {
    text: String,
    reason: Reason,
}

#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
enum Reason {
    #[error("it is longer than {PATTERN_BYTES} bytes")]
    TooLong,
    #[error(
        "`{0}` is not a method that can be granted, these are GET, HEAD, POST, PUT, PATCH, DELETE and OPTIONS"
    )]
    Method(String),
    #[error("`{0}` is neither `http` nor `https`")]
    Scheme(String),
    #[error("paths cannot be granted, only scheme, host and port")]
    Path,
    #[error("user names and passwords do not belong here")]
    UserInformation,
    #[error("`*` can only be the whole host or its first label")]
    Wildcard,
    #[error("the port must be 1 to 65535 or `*`")]
    Port,
    #[error("{0}")]
    Host(#[from] InvalidHost),
}

impl HttpPattern {
    pub fn covers(&self, method: &Method, (scheme, host, port): (Scheme, &Host, u16)) -> bool {
        let method = match &self.methods {
            Some(methods) => methods.contains(method),
            None => METHODS.contains(method),
        };
        let port = match self.port {
            PortPattern::Any => true,
            PortPattern::Own => port == scheme.default_port(),
            PortPattern::Exact(own) => port == own,
        };
        let host = match (&self.host, host) {
            (HostPattern::Any, _) => true,
            (HostPattern::Exact(host), target) => host == target,
            // Only names have names below them: `*.1` must not cover an address.
            (HostPattern::Below(suffix), Host::Name(name)) => {
                name.len() > suffix.len() && name.ends_with(suffix.as_str())
            }
            (HostPattern::Below(_), _) => false,
        };
        method && port && host && self.scheme.is_none_or(|own| own == scheme)
    }
}

impl FromStr for HttpPattern {
    type Err = InvalidPattern;

    fn from_str(text: &str) -> Result<Self, InvalidPattern> {
        parse(text).map_err(|reason| InvalidPattern {
            text: text.chars().take(100).collect(),
            reason,
        })
    }
}

impl fmt::Display for HttpPattern {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if let Some(methods) = &self.methods {
            let names: Vec<&str> = methods.iter().map(Method::as_str).collect();
            write!(f, "{} ", names.join(","))?;
        }
        if let Some(scheme) = self.scheme {
            write!(f, "{}://", scheme.as_str())?;
        }
        match &self.host {
            HostPattern::Any => f.write_str("*")?,
            HostPattern::Exact(host) => host.fmt(f)?,
            HostPattern::Below(suffix) => write!(f, "*{suffix}")?,
        }
        match self.port {
            PortPattern::Exact(port) => write!(f, ":{port}"),
            // `*` stands for any port as well.
            PortPattern::Any if self.host != HostPattern::Any => f.write_str(":*"),
            PortPattern::Any | PortPattern::Own => Ok(()),
        }
    }
}

fn parse(text: &str) -> Result<HttpPattern, Reason> {
    if text.len() > PATTERN_BYTES {
        return Err(Reason::TooLong);
    }
    let (methods, rest) = match text.split_once(' ') {
        Some((methods, rest)) => (Some(parse_methods(methods)?), rest),
        None => (None, text),
    };
    let (scheme, authority) = match rest.split_once("://") {
        Some(("http", authority)) => (Some(Scheme::Http), authority),
        Some(("https", authority)) => (Some(Scheme::Https), authority),
        Some((scheme, _)) => return Err(Reason::Scheme(scheme.to_owned())),
        None => (None, rest),
    };
    if authority.contains(['/', '?', '#']) {
        return Err(Reason::Path);
    }
    if authority.contains('@') {
        return Err(Reason::UserInformation);
    }
    let (host, port) = split_port(authority).ok_or(Reason::Port)?;
    let host = parse_host(host)?;
    let port = match port {
        None if host == HostPattern::Any => PortPattern::Any,
        None => PortPattern::Own,
        Some("*") => PortPattern::Any,
        Some(port) => parse_port(port).map(PortPattern::Exact).ok_or(Reason::Port)?,
    };
    Ok(HttpPattern {
        methods,
        scheme,
        host,
        port,
    })
}

fn parse_methods(text: &str) -> Result<Vec<Method>, Reason> {
    let known = |name: &str| METHODS.into_iter().find(|method| method.as_str() == name);
    text.split(',')
        .map(|name| known(name).ok_or_else(|| Reason::Method(name.to_owned())))
        .collect()
}

fn parse_host(text: &str) -> Result<HostPattern, Reason> {
    if text == "*" {
        return Ok(HostPattern::Any);
    }
    let below = text.strip_prefix("*.");
    let rest = below.unwrap_or(text);
    if rest.contains('*') {
        return Err(Reason::Wildcard);
    }
    match (below, rest.parse()?) {
        (None, host) => Ok(HostPattern::Exact(host)),
        (Some(_), Host::Name(name)) => Ok(HostPattern::Below(format!(".{name}"))),
        (Some(_), _) => Err(Reason::Wildcard),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn says_what_is_wrong_with_a_pattern() {
        let long = "a".repeat(600);
        for (text, reason) in [
            ("", "a host is missing"),
            ("https://", "a host is missing"),
            ("ftp://a.example", "`ftp` is neither"),
            ("HTTPS://a.example", "`HTTPS` is neither"),
            ("https://a.example/", "paths cannot"),
            ("https://a.example/path", "paths cannot"),
            ("a.example?x", "paths cannot"),
            ("user@a.example", "user names"),
            ("a*.example", "`*` can only"),
            ("a.*.example", "`*` can only"),
            ("**", "`*` can only"),
            ("*.10.0.0.1", "`*` can only"),
            ("a.example:0", "port must be"),
            ("a.example:70000", "port must be"),
            ("a.example:", "port must be"),
            ("[::1]8", "port must be"),
            ("127.1", "four decimal numbers"),
            ("a b.example", "`a` is not a method"),
            ("get https://a.example", "`get` is not a method"),
            ("CONNECT https://a.example", "`CONNECT` is not a method"),
            ("GET, HEAD https://a.example", "`` is not a method"),
            (&long, "longer than 512"),
        ] {
            let error = text.parse::<HttpPattern>().unwrap_err().to_string();
            assert!(
                error.contains(reason) && error.contains("`https://api.example.com`"),
                "{text}: {error}"
            );
        }
    }
}
