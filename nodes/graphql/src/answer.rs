use monshyflow_sdk::http::Response;
use monshyflow_sdk::{ErrorKind, NewItem, NodeError, Object};
use serde::Deserialize;
use serde_json::{Value, json};

use crate::params::{Errors, Params, ResponseFormat};

/// As much of a body as an error shows.
const EXCERPT: usize = 4 * 1024;
/// As many messages as an error repeats.
const MESSAGES: usize = 5;

/// The parts of a response that matter here (GraphQL, section 7.1).
#[derive(Deserialize)]
struct Parts {
    #[serde(default)]
    data: Option<serde::de::IgnoredAny>,
    #[serde(default)]
    errors: Option<Vec<Value>>,
}

pub(crate) fn read(params: &Params, response: &mut Response) -> Result<NewItem, NodeError> {
    let text = response.text(params.max_bytes as usize)?;
    let parts: Option<Parts> = serde_json::from_str(&text).ok();
    let errors = parts
        .as_ref()
        .and_then(|parts| parts.errors.as_deref())
        .unwrap_or_default();
    let is_graphql = parts.as_ref().is_some_and(|parts| parts.data.is_some()) || !errors.is_empty();
    if response.status() >= 400 && (errors.is_empty() || is_passing(response.status())) {
        return Err(refused(response, &text));
    }
    if !errors.is_empty() && params.errors == Errors::Fail {
        return Err(failed(response, errors, &text));
    }
    if params.response_format == ResponseFormat::Text {
        let mut object = Object::default();
        object
            .set(&params.destination, Value::from(text).to_string())
            .map_err(|error| {
                let problem = format!("{error}");
                NodeError::invalid_param("/destination", problem)
            })?;
        return Ok(NewItem::text(object.to_text()));
    }
    if is_graphql || parts.is_some_and(|_| has_data(&text)) {
        return Ok(NewItem::text(text));
    }
    let message = format!(
        "the response of {} is no JSON object with `data` or `errors`: {}; is this a GraphQL endpoint?",
        response.url(),
        start(&text, 200)
    );
    Err(NodeError::permanent("http-body", message).at("/url"))
}

/// `data` may be null, which is not the same as absent.
fn has_data(text: &str) -> bool {
    Object::parse(text).is_ok_and(|object| object.get_field("data").is_some())
}

/// Statuses that say nothing about the query.
fn is_passing(status: u16) -> bool {
    matches!(status, 408 | 425 | 429 | 502..=504)
}

fn refused(response: &Response, text: &str) -> NodeError {
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
    let advice = match status {
        401 | 403 => "; check the headers",
        404 | 405 | 410 => "; check the endpoint and the method",
        _ => "",
    };
    let message = format!("{url} answered {status}: {}{advice}", start(text, 200));
    let details = json!({ "status": status, "url": url, "body": start(text, EXCERPT) });
    let error = NodeError::new(kind, "http-status", message).with_details(details);
    match pause {
        Some(pause) => error.with_retry_after(pause),
        None => error,
    }
}

fn failed(response: &Response, errors: &[Value], text: &str) -> NodeError {
    let messages = errors.iter().take(MESSAGES).map(|error| {
        let message = error
            .get("message")
            .and_then(Value::as_str)
            .unwrap_or("an error without a message");
        start(message, 300)
    });
    let mut message = messages.collect::<Vec<_>>().join("; ");
    if errors.len() > MESSAGES {
        message.push_str(&format!("; and {} more", errors.len() - MESSAGES));
    }
    let details = if text.len() <= 16 * EXCERPT {
        json!({ "errors": errors })
    } else {
        json!({ "body": start(text, EXCERPT) })
    };
    let message = format!("{} answered with errors: {message}", response.url());
    NodeError::permanent("graphql-errors", message).with_details(details)
}

fn start(text: &str, characters: usize) -> &str {
    let end = text.char_indices().nth(characters);
    end.map_or(text, |(end, _)| &text[..end])
}
