use std::fmt;

use http::Uri;
use http::uri::PathAndQuery;
use monshyflow_targets::{Host, Scheme, parse_port, split_port};
use wasmtime_wasi_http::Error;

/// Where a request goes, from validated parts: what the grant is checked against, what is connected to and what stands
/// in the request are this one value.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Target {
    pub scheme: Scheme,
    pub host: Host,
    pub port: u16,
    path: PathAndQuery,
}

impl Target {
    /// # Errors
    ///
    /// `HttpRequestUriTooLong` above `limit` bytes. `HttpRequestUriInvalid` for another scheme than http and https,
    /// user information, a host that is neither a DNS name nor a canonical IP address, a port outside of 1-65535 and a
    /// path that is not in origin form (such as a second URL).
    pub fn new(uri: &Uri, limit: usize) -> Result<Self, Error> {
        let invalid = || Error::HttpRequestUriInvalid;
        let path = uri.path_and_query().map_or("/", PathAndQuery::as_str);
        let authority = uri.authority().ok_or_else(invalid)?.as_str();
        if authority.len() + path.len() > limit {
            return Err(Error::HttpRequestUriTooLong);
        }
        let scheme = match uri.scheme_str() {
            Some("http") => Scheme::Http,
            Some("https") => Scheme::Https,
            _ => return Err(invalid()),
        };
        let (host, port) = split_port(authority).ok_or_else(invalid)?;
        let host = host.parse().map_err(|_| invalid())?;
        let port = match port {
            Some(port) => parse_port(port).ok_or_else(invalid)?,
            None => scheme.default_port(),
        };
        Ok(Self {
            scheme,
            host,
            port,
            path: origin_form(path).ok_or_else(invalid)?,
        })
    }

    /// The URL to send, made from nothing but the validated parts.
    pub fn uri(&self) -> Result<Uri, Error> {
        let authority = if self.port == self.scheme.default_port() {
            self.host.to_string()
        } else {
            format!("{}:{}", self.host, self.port)
        };
        Uri::builder()
            .scheme(self.scheme.as_str())
            .authority(authority)
            .path_and_query(self.path.clone())
            .build()
            .map_err(|_| Error::HttpRequestUriInvalid)
    }

    /// Without the query, which may hold secrets.
    pub fn path(&self) -> &str {
        self.path.path()
    }
}

/// Scheme, host and port, always with the port: `https://api.example.com:443`.
impl fmt::Display for Target {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}://{}:{}", self.scheme.as_str(), self.host, self.port)
    }
}

fn origin_form(path: &str) -> Option<PathAndQuery> {
    let path = match path.as_bytes().first() {
        Some(b'/') => path.to_owned(),
        None | Some(b'?') => format!("/{path}"),
        Some(_) => return None,
    };
    path.bytes().all(|c| c.is_ascii_graphic()).then_some(())?;
    PathAndQuery::try_from(path).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn target(uri: &str) -> Result<Target, Error> {
        Target::new(&uri.parse().unwrap(), 1000)
    }

    #[test]
    fn rebuilds_the_url() {
        for (uri, rebuilt) in [
            (
                "https://API.example.com.:443/a/b?c=d",
                "https://api.example.com/a/b?c=d",
            ),
            ("http://example.com?q=1", "http://example.com/?q=1"),
            ("http://example.com:8080", "http://example.com:8080/"),
            ("http://example.com:0080/", "http://example.com/"),
            (
                "https://[2606:4700::1111]:8443/x",
                "https://[2606:4700::1111]:8443/x",
            ),
            ("http://example.com//double", "http://example.com//double"),
        ] {
            assert_eq!(target(uri).unwrap().uri().unwrap().to_string(), rebuilt, "{uri}");
        }
        assert_eq!(
            target("https://x.example/p?secret").unwrap().to_string(),
            "https://x.example:443"
        );
        assert_eq!(target("https://x.example/p?secret").unwrap().path(), "/p");
    }

    #[test]
    fn refuses_urls_that_name_two_hosts_or_none() {
        for uri in [
            "/only/a/path",
            "ftp://example.com/",
            "http://user@example.com/",
            "http://user:password@example.com/",
            "http://good.example@127.0.0.1/",
            "http://example.com:0/",
            "http://2130706433/",
            "http://0x7f.1/",
            "http://0177.0.0.1/",
        ] {
            let answer = target(uri);
            assert!(
                matches!(answer, Err(Error::HttpRequestUriInvalid)),
                "{uri}: {answer:?}"
            );
        }
        // A second URL or `*` where the path should be.
        for path in ["http://169.254.169.254/latest", "*", "169.254.169.254:80"] {
            let uri = Uri::builder()
                .scheme("http")
                .authority("example.com")
                .path_and_query(path)
                .build();
            if let Ok(uri) = uri {
                let answer = Target::new(&uri, 1000);
                assert!(
                    matches!(answer, Err(Error::HttpRequestUriInvalid)),
                    "{path}: {answer:?}"
                );
            }
        }
    }

    #[test]
    fn refuses_long_urls() {
        let long = format!("https://example.com/{}", "a".repeat(1000));
        assert!(matches!(target(&long), Err(Error::HttpRequestUriTooLong)));
    }

    #[test]
    fn splits_ports() {
        assert_eq!(split_port("a:1"), Some(("a", Some("1"))));
        assert_eq!(split_port("[::1]:1"), Some(("[::1]", Some("1"))));
        assert_eq!(split_port("[::1]"), Some(("[::1]", None)));
        assert_eq!(split_port("[::1]x"), None);
        assert_eq!(split_port("a:"), Some(("a", Some(""))));
        assert_eq!(parse_port(""), None);
        assert_eq!(parse_port("+80"), None);
        assert_eq!(parse_port("65536"), None);
    }
}
