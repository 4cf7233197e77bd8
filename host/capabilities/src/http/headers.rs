use http::header::{CONTENT_LENGTH, EXPECT, TE};
use http::{HeaderMap, HeaderName};
use wasmtime_wasi_http::{DEFAULT_FORBIDDEN_HEADERS, Error};

/// What a header takes in memory beside its text, as HTTP/2 counts it (RFC 9113, 6.5.2).
const PER_HEADER: usize = 32;

/// Headers that speak to the connection or name the host, which are the host's affair in both directions.
pub(crate) fn is_forbidden(name: &HeaderName) -> bool {
    DEFAULT_FORBIDDEN_HEADERS.contains(name) || [TE, EXPECT].contains(name)
}

/// Answers the body's declared length.
///
/// # Errors
///
/// `HttpRequestHeaderSectionSize` above `limit` bytes; `HttpProtocolError` for a forbidden header, which the guest's
/// bindings already refuse, and for a malformed or repeated `content-length`.
pub(super) fn check(headers: &HeaderMap, limit: usize) -> Result<Option<u64>, Error> {
    let size = section_size(headers);
    if size > limit {
        return Err(Error::HttpRequestHeaderSectionSize(u32::try_from(size).ok()));
    }
    if headers.keys().any(is_forbidden) {
        return Err(Error::HttpProtocolError);
    }
    let mut lengths = headers.get_all(CONTENT_LENGTH).iter();
    let Some(length) = lengths.next() else {
        return Ok(None);
    };
    let digits = length
        .to_str()
        .ok()
        .filter(|text| text.bytes().all(|c| c.is_ascii_digit()));
    match (digits.and_then(|digits| digits.parse().ok()), lengths.next()) {
        (Some(length), None) => Ok(Some(length)),
        _ => Err(Error::HttpProtocolError),
    }
}

pub(super) fn section_size(headers: &HeaderMap) -> usize {
    headers
        .iter()
        .map(|(name, value)| name.as_str().len() + value.len() + PER_HEADER)
        .sum()
}

#[cfg(test)]
mod tests {
    use http::HeaderValue;

    use super::*;

    fn headers(list: &[(&str, &str)]) -> HeaderMap {
        let mut map = HeaderMap::new();
        for (name, value) in list {
            map.append(
                HeaderName::try_from(*name).unwrap(),
                HeaderValue::try_from(*value).unwrap(),
            );
        }
        map
    }

    #[test]
    fn refuses_what_would_speak_to_the_connection() {
        for name in [
            "host",
            "connection",
            "keep-alive",
            "transfer-encoding",
            "upgrade",
            "te",
            "expect",
            "proxy-authorization",
            "proxy-authenticate",
            "proxy-connection",
            "http2-settings",
        ] {
            let answer = check(&headers(&[(name, "x")]), 1000);
            assert!(
                matches!(answer, Err(Error::HttpProtocolError)),
                "{name}: {answer:?}"
            );
        }
    }

    #[test]
    fn content_length_is_one_number() {
        assert_eq!(check(&headers(&[]), 1000).unwrap(), None);
        assert_eq!(
            check(&headers(&[("content-length", "12")]), 1000).unwrap(),
            Some(12)
        );
        for values in [
            vec!["1", "1"],
            vec!["1", "2"],
            vec!["+1"],
            vec!["1,1"],
            vec![""],
            vec!["99999999999999999999"],
        ] {
            let list: Vec<_> = values.iter().map(|value| ("content-length", *value)).collect();
            assert!(
                matches!(check(&headers(&list), 1000), Err(Error::HttpProtocolError)),
                "{values:?}"
            );
        }
    }

    #[test]
    fn limits_the_section() {
        let list = headers(&[("x", &"v".repeat(100))]);
        assert_eq!(section_size(&list), 133);
        assert!(check(&list, 133).is_ok());
        assert!(matches!(
            check(&list, 132),
            Err(Error::HttpRequestHeaderSectionSize(Some(133)))
        ));
    }
}
