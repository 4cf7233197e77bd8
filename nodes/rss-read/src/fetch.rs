use monshyflow_sdk::http::{Pending, Request, Response, Url};
use monshyflow_sdk::{ErrorKind, NodeError};
use serde_json::json;

use crate::Params;

/// As much of a document as is searched for its declaration.
const DECLARATION: usize = 256;

/// A document with the address it came from.
pub(crate) struct Feed {
    pub(crate) text: String,
    pub(crate) url: Url,
}

impl Feed {
    /// A link as it stands in the feed, made whole.
    pub(crate) fn link(&self, link: &str) -> String {
        let link = link.trim();
        if link.is_empty() {
            return String::new();
        }
        self.url
            .join(link)
            .map_or_else(|_| link.to_owned(), |url| url.to_string())
    }

    pub(crate) fn invalid(&self, problem: &str) -> NodeError {
        let message = format!("{} is no feed that can be read: {problem}", self.url);
        NodeError::permanent("invalid-feed", message).at("/url")
    }
}

pub(crate) fn start(params: &Params) -> Result<Pending, NodeError> {
    Url::parse(&params.url).map_err(|error| NodeError::from(error).at("/url"))?;
    let accept =
        "application/rss+xml, application/atom+xml, application/feed+json, application/xml;q=0.9, */*;q=0.5";
    let request = Request::get(&params.url).header("accept", accept);
    Ok(request.timeout_ms(params.timeout_ms).start()?)
}

pub(crate) fn finish(params: &Params, pending: Pending) -> Result<Feed, NodeError> {
    let mut response = pending.wait()?;
    if response.status() >= 300 {
        return Err(refused(&response));
    }
    let limit = params.max_bytes as usize;
    let announced = response
        .header("content-type")
        .is_some_and(|value| value.contains("charset"));
    let text = if announced {
        response.text(limit)?
    } else {
        decoded(response.bytes(limit)?)
    };
    Ok(Feed {
        text,
        url: response.url().clone(),
    })
}

/// A document says itself in which encoding it is, unless the response did. What is none of them becomes U+FFFD.
fn decoded(bytes: Vec<u8>) -> String {
    let start = String::from_utf8_lossy(&bytes[..bytes.len().min(DECLARATION)]).to_ascii_lowercase();
    let declaration = start.split("?>").next().unwrap_or_default();
    let is_latin = ["iso-8859-1", "iso-8859-15", "windows-1252", "latin1"]
        .iter()
        .any(|name| {
            declaration.contains(&format!("encoding=\"{name}\""))
                || declaration.contains(&format!("encoding='{name}'"))
        });
    if is_latin {
        return bytes.into_iter().map(char::from).collect();
    }
    let text = String::from_utf8(bytes);
    let text = text.unwrap_or_else(|error| String::from_utf8_lossy(error.as_bytes()).into_owned());
    text.strip_prefix('\u{feff}').map(str::to_owned).unwrap_or(text)
}

fn refused(response: &Response) -> NodeError {
    let status = response.status();
    let pause = response.retry_after_ms();
    let kind = match status {
        429 => ErrorKind::RateLimited,
        503 if pause.is_some() => ErrorKind::RateLimited,
        501 | 505 => ErrorKind::Permanent,
        408 | 425 | 500.. => ErrorKind::Transient,
        _ => ErrorKind::Permanent,
    };
    let url = response.url().to_string();
    let message = format!("{url} answered {status}; check the address of the feed");
    let details = json!({ "status": status, "url": url });
    let error = NodeError::new(kind, "http-status", message).with_details(details);
    match pause {
        Some(pause) => error.with_retry_after(pause),
        None => error,
    }
}
