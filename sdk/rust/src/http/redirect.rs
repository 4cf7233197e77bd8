use super::{Body, Error, ErrorKind, Outgoing, Response};

/// Headers that speak of the one server that they were meant for.
const SECRET_HEADERS: [&str; 3] = ["authorization", "cookie", "proxy-authorization"];

/// The request to which a response redirects (RFC 9110, section 15.4, and what browsers make of it); none if it does not.
pub(super) fn next(outgoing: &Outgoing, response: &Response) -> Result<Option<Outgoing>, Error> {
    let status = response.status();
    if !matches!(status, 301 | 302 | 303 | 307 | 308) {
        return Ok(None);
    }
    let Some(location) = response.header("location") else {
        return Ok(None);
    };
    let url = outgoing.url.join(location).map_err(|error| {
        Error::new(
            ErrorKind::Redirect,
            format!("{} redirects to nowhere: {}", outgoing.url, error.message),
        )
    })?;
    let mut next = Outgoing {
        url,
        ..outgoing.clone()
    };
    let becomes_get = match status {
        303 => outgoing.method != "HEAD",
        301 | 302 => outgoing.method == "POST",
        _ => false,
    };
    if becomes_get {
        next.method = "GET".to_owned();
        next.body = Body::default();
        next.headers.retain(|(name, _)| !name.starts_with("content-"));
    }
    if !next.url.same_origin(&outgoing.url) {
        next.headers
            .retain(|(name, _)| !SECRET_HEADERS.contains(&name.as_str()));
    }
    Ok(Some(next))
}
