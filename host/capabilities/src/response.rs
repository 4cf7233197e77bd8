//! What a run answers. Nothing is done here: the answer is checked and kept for the caller, until the step succeeds.

use http::header::{CONTENT_LENGTH, CONTENT_TYPE, TRAILER};
use http::{HeaderName, StatusCode};

use crate::bindings::monshyflow::node::response::{Answer, Body as GuestBody, Error, Header, Host};
use crate::blobs::StoredBlob;
use crate::http::is_forbidden;
use crate::{CallState, Capability};

const MAX_HEADERS: usize = 64;
/// Of all names and values, in bytes.
const MAX_HEADER_BYTES: usize = 16 << 10;
/// Longest text, in bytes.
const MAX_TEXT: usize = 8 << 20;

/// An answer that can be sent as it is.
#[derive(Debug, Clone, PartialEq)]
pub struct Response {
    /// 200 to 599.
    pub status: u16,
    /// Names are in lower case. With a body there is a `content-type`.
    pub headers: Vec<(String, String)>,
    pub body: Body,
}

#[derive(Debug, Clone, PartialEq)]
pub enum Body {
    Empty,
    Text(String),
    Blob(StoredBlob),
}

impl CallState {
    /// What the guest answered, if it did.
    pub fn take_response(&mut self) -> Option<Response> {
        self.response.take()
    }

    fn checked(&self, answer: Answer) -> Result<Response, Error> {
        let body = match answer.body {
            GuestBody::None => Body::Empty,
            GuestBody::Text(text) if text.len() > MAX_TEXT => {
                return Err(Error::Limit(format!(
                    "a text has at most {MAX_TEXT} bytes; this one has {}: make it a blob",
                    text.len()
                )));
            }
            GuestBody::Text(text) => Body::Text(text),
            GuestBody::Blob(blob) => {
                let blob = self.blob(blob).cloned();
                Body::Blob(blob.ok_or_else(|| Error::Invalid("there is no such blob".to_owned()))?)
            }
        };
        let status = checked_status(answer.status, &body)?;
        let mut headers = checked_headers(answer.headers)?;
        let default_type = match body {
            Body::Empty => None,
            Body::Text(_) => Some("text/plain; charset=utf-8"),
            Body::Blob(_) => Some("application/octet-stream"),
        };
        let has_type = headers.iter().any(|(name, _)| name == CONTENT_TYPE.as_str());
        if let (Some(default_type), false) = (default_type, has_type) {
            headers.push((CONTENT_TYPE.as_str().to_owned(), default_type.to_owned()));
        }
        Ok(Response {
            status,
            headers,
            body,
        })
    }
}

impl Host for CallState {
    async fn set(&mut self, answer: Answer) -> wasmtime::Result<Result<(), Error>> {
        self.counters.count(Capability::Response)?;
        if self.response.is_some() {
            return Ok(Err(Error::Answered));
        }
        Ok(self
            .checked(answer)
            .map(|response| self.response = Some(response)))
    }
}

fn checked_status(status: u16, body: &Body) -> Result<u16, Error> {
    if !(200..=599).contains(&status) {
        return Err(Error::Invalid(format!(
            "the status {status} does not end a request; one from 200 to 599 does"
        )));
    }
    let bodiless = [
        StatusCode::NO_CONTENT,
        StatusCode::RESET_CONTENT,
        StatusCode::NOT_MODIFIED,
    ];
    if *body != Body::Empty && bodiless.iter().any(|code| code.as_u16() == status) {
        return Err(Error::Invalid(format!(
            "an answer with status {status} has no body"
        )));
    }
    Ok(status)
}

fn checked_headers(headers: Vec<Header>) -> Result<Vec<(String, String)>, Error> {
    if headers.len() > MAX_HEADERS {
        return Err(Error::Limit(format!(
            "an answer has at most {MAX_HEADERS} headers; this one has {}",
            headers.len()
        )));
    }
    let sizes = headers
        .iter()
        .map(|header| header.name.len() + header.value.len());
    if sizes.sum::<usize>() > MAX_HEADER_BYTES {
        return Err(Error::Limit(format!(
            "the names and values of all headers have at most {MAX_HEADER_BYTES} bytes"
        )));
    }
    let checked: Vec<(String, String)> = headers
        .into_iter()
        .map(checked_header)
        .collect::<Result<_, _>>()?;
    let types = checked.iter().filter(|(name, _)| name == CONTENT_TYPE.as_str());
    match types.count() {
        0 | 1 => Ok(checked),
        _ => Err(Error::Invalid("the header `content-type` comes twice".to_owned())),
    }
}

fn checked_header(header: Header) -> Result<(String, String), Error> {
    let shown: String = header
        .name
        .chars()
        .take(64)
        .flat_map(char::escape_debug)
        .collect();
    let name: HeaderName = header.name.parse().map_err(|_| {
        Error::Invalid(format!(
            "`{shown}` is no name of a header; letters, digits and `-` make one"
        ))
    })?;
    if is_forbidden(&name) || [CONTENT_LENGTH, TRAILER].contains(&name) {
        return Err(Error::Invalid(format!(
            "the header `{name}` is the host's to set"
        )));
    }
    if !header
        .value
        .bytes()
        .all(|c| c == b'\t' || (b' '..=b'~').contains(&c))
    {
        return Err(Error::Invalid(format!(
            "the value of the header `{name}` holds a line break or another character that no header can have; \
             visible ASCII characters, spaces and tabs it can"
        )));
    }
    Ok((name.as_str().to_owned(), header.value))
}
