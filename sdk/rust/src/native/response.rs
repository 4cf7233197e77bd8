//! What a call answers is checked as the host does, and kept for the case that made it.

use super::world;
use crate::response::{Body, Error, Response};

const MAX_HEADERS: usize = 64;
const MAX_HEADER_BYTES: usize = 16 << 10;
const MAX_TEXT: usize = 8 << 20;
const OF_THE_HOST: [&str; 13] = [
    "connection",
    "content-length",
    "expect",
    "host",
    "http2-settings",
    "keep-alive",
    "proxy-authenticate",
    "proxy-authorization",
    "proxy-connection",
    "te",
    "trailer",
    "transfer-encoding",
    "upgrade",
];

pub(crate) fn set_response(response: &Response) -> Result<(), Error> {
    if world(|world| world.response.is_some()) {
        return Err(Error::Answered);
    }
    let status = response.status;
    if !(200..=599).contains(&status) {
        return invalid(format!("the status {status} does not end a request"));
    }
    if response.body != Body::Empty && [204, 205, 304].contains(&status) {
        return invalid(format!("an answer with status {status} has no body"));
    }
    let headers = response.headers.iter();
    if headers.len() > MAX_HEADERS {
        return Err(Error::Limit(format!("at most {MAX_HEADERS} headers")));
    }
    if headers
        .clone()
        .map(|(name, value)| name.len() + value.len())
        .sum::<usize>()
        > MAX_HEADER_BYTES
    {
        return Err(Error::Limit(format!(
            "at most {MAX_HEADER_BYTES} bytes of headers"
        )));
    }
    headers
        .clone()
        .try_for_each(|(name, value)| header(name, value))?;
    if headers
        .filter(|(name, _)| name.eq_ignore_ascii_case("content-type"))
        .count()
        > 1
    {
        return invalid("the header `content-type` comes twice".to_owned());
    }
    if matches!(&response.body, Body::Text(text) if text.len() > MAX_TEXT) {
        return Err(Error::Limit(format!("a text has at most {MAX_TEXT} bytes")));
    }
    let mut kept = response.clone();
    for (name, _) in &mut kept.headers {
        name.make_ascii_lowercase();
    }
    let kept = match kept.body {
        Body::Empty => kept,
        Body::Text(_) => kept.default_header("content-type", "text/plain; charset=utf-8"),
        Body::Attachment(_) => kept.default_header("content-type", "application/octet-stream"),
    };
    world(|world| world.response = Some(kept));
    Ok(())
}

fn header(name: &str, value: &str) -> Result<(), Error> {
    let shown = name.escape_debug();
    let token = |c: u8| c.is_ascii_alphanumeric() || b"!#$%&'*+-.^_`|~".contains(&c);
    if name.is_empty() || !name.bytes().all(token) {
        return invalid(format!("`{shown}` is no name of a header"));
    }
    if OF_THE_HOST.contains(&name.to_ascii_lowercase().as_str()) {
        return invalid(format!("the header `{shown}` is the host's to set"));
    }
    if !value.bytes().all(|c| c == b'\t' || (b' '..=b'~').contains(&c)) {
        return invalid(format!(
            "the value of the header `{shown}` holds a line break or another character that no header can have"
        ));
    }
    Ok(())
}

fn invalid(problem: String) -> Result<(), Error> {
    Err(Error::Invalid(problem))
}
