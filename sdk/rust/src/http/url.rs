use std::fmt;

use fluent_uri::{Uri, UriRef};

use super::Error;

/// The URL of a request: `http` or `https`, a host, no user or password, no fragment.
#[derive(Clone, PartialEq, Eq)]
pub struct Url {
    uri: Uri<String>,
}

impl Url {
    /// Spaces and other characters that have no place in a URL are percent-encoded, as browsers do.
    ///
    /// # Errors
    ///
    /// Of kind `Invalid`, with what is wrong.
    pub fn parse(text: &str) -> Result<Self, Error> {
        let text = text.trim();
        let invalid =
            |problem: &str| Error::invalid(format!("`{}` is not a URL: {problem}", shortened(text)));
        if text.is_empty() {
            return Err(Error::invalid("the URL is empty"));
        }
        let (scheme, _) = text
            .split_once("://")
            .ok_or_else(|| invalid("it does not start with `https://` or `http://`"))?;
        if !scheme.eq_ignore_ascii_case("https") && !scheme.eq_ignore_ascii_case("http") {
            return Err(invalid("only `https` and `http` are known here"));
        }
        let uri = Uri::parse(encoded(text)).map_err(|(error, _)| invalid(&error.to_string()))?;
        Self::checked(uri)
    }

    /// Resolves a reference such as a redirect's `Location` (RFC 3986, section 5).
    ///
    /// # Errors
    ///
    /// Of kind `Invalid`, with what is wrong.
    pub fn join(&self, reference: &str) -> Result<Self, Error> {
        let invalid =
            |problem: String| Error::invalid(format!("`{}` is not a URL: {problem}", shortened(reference)));
        let reference =
            UriRef::parse(encoded(reference.trim())).map_err(|(error, _)| invalid(error.to_string()))?;
        let uri = reference
            .resolve_against(&self.uri)
            .map_err(|error| invalid(error.to_string()))?;
        Self::checked(uri)
    }

    /// Adds a parameter behind those that are there.
    pub fn with_query(&self, name: &str, value: &str) -> Self {
        let pair = form_urlencoded::Serializer::new(String::new())
            .append_pair(name, value)
            .finish();
        let separator = match self.uri.query() {
            Some(query) if query.as_str().is_empty() => "",
            Some(_) => "&",
            None => "?",
        };
        // What the serializer writes is always part of a URL.
        let uri = Uri::parse(format!("{}{separator}{pair}", self.uri));
        uri.map_or_else(|_| self.clone(), |uri| Self { uri })
    }

    /// Sets a parameter in the place of those with that name.
    pub fn with_only_query(&self, name: &str, value: &str) -> Self {
        let query = self.uri.query().map(|query| query.as_str()).unwrap_or_default();
        let kept = query.split('&').filter(|pair| {
            let decoded = form_urlencoded::parse(pair.as_bytes()).next();
            !pair.is_empty() && decoded.is_none_or(|(known, _)| known != name)
        });
        let kept: Vec<_> = kept.collect();
        let base = self.uri.as_str().split('?').next().unwrap_or_default();
        let uri = if kept.is_empty() {
            base.to_owned()
        } else {
            format!("{base}?{}", kept.join("&"))
        };
        let cleared = Uri::parse(uri).map_or_else(|_| self.clone(), |uri| Self { uri });
        cleared.with_query(name, value)
    }

    pub fn is_https(&self) -> bool {
        self.uri.scheme().as_str().eq_ignore_ascii_case("https")
    }

    /// Host and, if it is given, port.
    pub fn authority(&self) -> &str {
        self.uri
            .authority()
            .map(|authority| authority.as_str())
            .unwrap_or_default()
    }

    pub(crate) fn path_and_query(&self) -> String {
        let path = self.uri.path().as_str();
        let path = if path.is_empty() { "/" } else { path };
        match self.uri.query() {
            Some(query) => format!("{path}?{}", query.as_str()),
            None => path.to_owned(),
        }
    }

    /// Scheme, host and port are the same, so that what one may know the other may, too.
    pub fn same_origin(&self, other: &Self) -> bool {
        self.is_https() == other.is_https() && self.host_and_port() == other.host_and_port()
    }

    fn host_and_port(&self) -> (String, String) {
        let default = if self.is_https() { "443" } else { "80" };
        let authority = self.uri.authority();
        let host = authority
            .map(|authority| authority.host().to_ascii_lowercase())
            .unwrap_or_default();
        let port = authority
            .and_then(|authority| authority.port())
            .map(|port| port.as_str())
            .filter(|port| !port.is_empty());
        (host, port.unwrap_or(default).to_owned())
    }

    fn checked(uri: Uri<String>) -> Result<Self, Error> {
        let invalid = |problem: &str| {
            Error::invalid(format!(
                "`{}` is not a URL for requests: {problem}",
                shortened(uri.as_str())
            ))
        };
        let scheme = uri.scheme().as_str();
        if !scheme.eq_ignore_ascii_case("https") && !scheme.eq_ignore_ascii_case("http") {
            return Err(invalid("only `https` and `http` are known here"));
        }
        let Some(authority) = uri.authority().filter(|authority| !authority.host().is_empty()) else {
            return Err(invalid("it has no host"));
        };
        if authority.has_userinfo() {
            return Err(Error::invalid(
                "the URL holds a user or password; put them into a credential or a header",
            ));
        }
        if authority.host().contains('%') {
            return Err(invalid("write names outside of ASCII in their `xn--` form"));
        }
        let text = uri.as_str().split('#').next().unwrap_or_default().to_owned();
        Uri::parse(text)
            .map(|uri| Self { uri })
            .map_err(|_| invalid("it has a malformed fragment"))
    }
}

impl fmt::Display for Url {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(self.uri.as_str())
    }
}

impl fmt::Debug for Url {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(self.uri.as_str())
    }
}

/// Percent-encodes what RFC 3986 does not allow; brackets stay in the host, where they mark IPv6.
fn encoded(text: &str) -> String {
    let host_end = text.find("://").map_or(0, |scheme| {
        let host = scheme + 3;
        text[host..]
            .find(['/', '?', '#'])
            .map_or(text.len(), |end| host + end)
    });
    let bytes = text.as_bytes();
    let mut encoded = String::with_capacity(text.len());
    let mut fragment = false;
    for (index, byte) in bytes.iter().enumerate() {
        let keep = match byte {
            b'[' | b']' => index < host_end,
            b'%' => bytes
                .get(index + 1..index + 3)
                .is_some_and(|hex| hex.iter().all(u8::is_ascii_hexdigit)),
            b'#' => !std::mem::replace(&mut fragment, true),
            b'"' | b'<' | b'>' | b'\\' | b'^' | b'`' | b'{' | b'|' | b'}' => false,
            _ => byte.is_ascii_graphic(),
        };
        if keep {
            encoded.push(char::from(*byte));
        } else {
            encoded.push_str(&format!("%{byte:02X}"));
        }
    }
    encoded
}

fn shortened(text: &str) -> &str {
    text.char_indices().nth(200).map_or(text, |(end, _)| &text[..end])
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn urls_are_read_as_people_write_them() {
        let check = |text: &str, expected: &str| assert_eq!(Url::parse(text).unwrap().to_string(), expected);
        check(
            " https://a.example/x y?q=ä&f[0]=1#frag ",
            "https://a.example/x%20y?q=%C3%A4&f%5B0%5D=1",
        );
        check("http://[::1]:8080/%7Ea/100%", "http://[::1]:8080/%7Ea/100%25");
        check("HTTPS://a.example", "HTTPS://a.example");
        for wrong in [
            "",
            "a.example",
            "/x",
            "ftp://a",
            "https://",
            "https:///x",
            "https://u:p@a/",
            "https://ä.example/",
            "https://a b/",
            "https://a:x/",
        ] {
            assert!(Url::parse(wrong).is_err(), "{wrong}");
        }
    }

    #[test]
    fn references_are_resolved() {
        let base = Url::parse("https://a.example/b/c?d=1").unwrap();
        let check =
            |reference: &str, expected: &str| assert_eq!(base.join(reference).unwrap().to_string(), expected);
        check("../e?f", "https://a.example/e?f");
        check("//other.example/x", "https://other.example/x");
        check("?page=2", "https://a.example/b/c?page=2");
        check("http://a.example/", "http://a.example/");
        assert!(base.join("javascript:alert(1)").is_err());
        assert!(base.join("file:///etc/passwd").is_err());
        assert!(!base.same_origin(&base.join("http://a.example/").unwrap()));
        assert!(base.same_origin(&base.join("https://A.example:443/z").unwrap()));
    }

    #[test]
    fn parameters_are_added_and_replaced() {
        let url = Url::parse("https://a.example?page=1&q=a%20b&page=2").unwrap();
        assert_eq!(
            url.with_query("x", "ä &").to_string(),
            "https://a.example?page=1&q=a%20b&page=2&x=%C3%A4+%26"
        );
        assert_eq!(
            url.with_only_query("page", "3").to_string(),
            "https://a.example?q=a%20b&page=3"
        );
        assert_eq!(url.path_and_query(), "/?page=1&q=a%20b&page=2");
    }
}
