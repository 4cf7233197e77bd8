//! Requests that are answered from a case's recorded exchanges, in order.

use serde_json::Value;

use super::world;
use crate::http::{Error, ErrorKind, Head, Outgoing, Piece};
use crate::testing::{Exchange, OneOrMore, RecordedRequest, RecordedResponse, bytes_of};

pub(crate) struct Started(Result<(Head, ResponseBody), Error>);

pub(crate) struct ResponseBody {
    rest: Vec<u8>,
}

pub(crate) fn start(outgoing: &Outgoing) -> Result<Started, Error> {
    let body = body_bytes(outgoing)?;
    let Some(exchange) = world(|world| world.exchanges.pop_front()) else {
        problem(format!("{} {} was not recorded", outgoing.method, outgoing.url));
        return Ok(Started(Err(Error::new(
            ErrorKind::Denied,
            "the request was not recorded",
        ))));
    };
    if let Err(difference) = same(&exchange.request, outgoing, &body) {
        problem(format!("{} {}: {difference}", outgoing.method, outgoing.url));
    }
    Ok(Started(answer(&exchange)))
}

impl Started {
    pub(crate) fn wait(self) -> Result<(Head, ResponseBody), Error> {
        self.0
    }
}

impl ResponseBody {
    pub(crate) fn read(&mut self, limit: usize) -> Result<Vec<u8>, Error> {
        let length = self.rest.len().min(limit);
        Ok(self.rest.drain(..length).collect())
    }
}

fn problem(text: String) {
    world(|world| world.problems.push(text));
}

fn body_bytes(outgoing: &Outgoing) -> Result<Vec<u8>, Error> {
    let mut bytes = Vec::new();
    for piece in outgoing.body.pieces() {
        match piece {
            Piece::Bytes(piece) => bytes.extend_from_slice(piece),
            Piece::Blob(attachment) => bytes.extend(attachment.read(usize::MAX - 1)?),
        }
    }
    Ok(bytes)
}

fn same(recorded: &RecordedRequest, outgoing: &Outgoing, body: &[u8]) -> Result<(), String> {
    if recorded.method != outgoing.method || recorded.url != outgoing.url.to_string() {
        return Err(format!("{} {} was recorded here", recorded.method, recorded.url));
    }
    for (name, expected) in &recorded.headers {
        let found = outgoing
            .headers
            .iter()
            .filter(|(known, _)| known.eq_ignore_ascii_case(name));
        let found: Vec<_> = found.map(|(_, value)| value.as_str()).collect();
        let found = (!found.is_empty()).then(|| found.join(", "));
        if found != *expected {
            return Err(format!("header `{name}` is {found:?}, expected {expected:?}"));
        }
    }
    if recorded.timeout_ms.is_some() && recorded.timeout_ms != outgoing.timeout_ms {
        return Err(format!("the timeout is {:?}", outgoing.timeout_ms));
    }
    if let Some(expected) = &recorded.json
        && serde_json::from_slice::<Value>(body).ok().as_ref() != Some(expected)
    {
        return Err(format!(
            "the body is {}, expected {expected}",
            String::from_utf8_lossy(body)
        ));
    }
    match bytes_of(recorded.text.as_deref(), recorded.base64.as_deref())? {
        Some(expected) if expected != body => {
            let (body, expected) = (String::from_utf8_lossy(body), String::from_utf8_lossy(&expected));
            Err(format!("the body is {body:?}, expected {expected:?}"))
        }
        _ => Ok(()),
    }
}

fn answer(exchange: &Exchange) -> Result<(Head, ResponseBody), Error> {
    let response = match (&exchange.response, exchange.failure.as_deref()) {
        (Some(response), None) => response,
        (None, Some(failure)) => return Err(failed(failure)),
        _ => {
            problem("an exchange needs either `response` or `failure`".to_owned());
            return Err(failed("protocol"));
        }
    };
    let rest = match response_bytes(response) {
        Ok(bytes) => bytes,
        Err(text) => {
            problem(text);
            return Err(failed("protocol"));
        }
    };
    let mut headers = Vec::new();
    for (name, values) in &response.headers {
        match values {
            OneOrMore::One(value) => headers.push((name.to_ascii_lowercase(), value.clone())),
            OneOrMore::More(values) => {
                headers.extend(
                    values
                        .iter()
                        .map(|value| (name.to_ascii_lowercase(), value.clone())),
                );
            }
        }
    }
    if response.json.is_some() && !headers.iter().any(|(name, _)| name == "content-type") {
        headers.push(("content-type".to_owned(), "application/json".to_owned()));
    }
    Ok((
        Head {
            status: response.status.unwrap_or(200),
            headers,
        },
        ResponseBody { rest },
    ))
}

fn response_bytes(response: &RecordedResponse) -> Result<Vec<u8>, String> {
    match &response.json {
        Some(json) => Ok(json.to_string().into_bytes()),
        None => bytes_of(response.text.as_deref(), response.base64.as_deref()).map(Option::unwrap_or_default),
    }
}

fn failed(failure: &str) -> Error {
    let kind = match failure {
        "denied" => ErrorKind::Denied,
        "dns" => ErrorKind::Dns,
        "connect" => ErrorKind::Connect,
        "timeout" => ErrorKind::Timeout,
        "tls" => ErrorKind::Tls,
        "protocol" => ErrorKind::Protocol,
        other => {
            problem(format!("`{other}` is not a known failure"));
            ErrorKind::Protocol
        }
    };
    Error::new(kind, format!("{failure} (recorded)"))
}
