use monshyflow_sandbox::{CallError, ErrorCode, NodeErrorKind};
use serde_json::Value;

use crate::ExpectedError;

/// What is otherwise in the error that came, in words.
pub(crate) fn difference(expected: &ExpectedError, found: &CallError) -> Option<String> {
    let ExpectedError {
        code,
        kind,
        message,
        parameter,
        item,
        retry_after_ms,
        details,
    } = expected;
    let found_details = found.details.as_deref().map(serde_json::from_str::<Value>);
    let found_details = found_details.and_then(Result::ok);
    let same = [
        code == found.code.as_str(),
        none_or(kind.as_deref(), Some(kind_of(&found.code))),
        message.as_ref().is_none_or(|part| found.message.contains(part)),
        none_or(parameter.as_deref(), found.parameter.as_deref()),
        none_or(*item, found.item),
        none_or(*retry_after_ms, found.retry_after_ms),
        none_or(details.as_ref(), found_details.as_ref()),
    ];
    (!same.iter().all(|same| *same)).then(|| format!("expected {}, found {}", wanted(expected), shown(found)))
}

pub(crate) fn shown(error: &CallError) -> String {
    let mut text = format!(
        "the error `{}` ({}): {}",
        error.code,
        kind_of(&error.code),
        error.message
    );
    if let Some(parameter) = &error.parameter {
        text += &format!(", parameter {parameter}");
    }
    if let Some(item) = error.item {
        text += &format!(", item {item:?}");
    }
    if let Some(millis) = error.retry_after_ms {
        text += &format!(", again after {millis} ms");
    }
    if let Some(details) = &error.details {
        text += &format!(", details {details}");
    }
    text
}

fn wanted(error: &ExpectedError) -> String {
    let mut text = format!("the error `{}`", error.code);
    if let Some(kind) = &error.kind {
        text += &format!(" ({kind})");
    }
    if let Some(message) = &error.message {
        text += &format!(": {message}");
    }
    if let Some(parameter) = &error.parameter {
        text += &format!(", parameter {parameter}");
    }
    if let Some(item) = error.item {
        text += &format!(", item {item:?}");
    }
    if let Some(millis) = error.retry_after_ms {
        text += &format!(", again after {millis} ms");
    }
    if let Some(details) = &error.details {
        text += &format!(", details {details}");
    }
    text
}

/// In the words of `error-kind`; errors of the host itself are never the node's to classify.
fn kind_of(code: &ErrorCode) -> &'static str {
    match code {
        ErrorCode::Node { kind, .. } => match kind {
            NodeErrorKind::Permanent => "permanent",
            NodeErrorKind::Transient => "transient",
            NodeErrorKind::RateLimited => "rate-limited",
            NodeErrorKind::AuthExpired => "auth-expired",
            NodeErrorKind::InvalidInput => "invalid-input",
        },
        ErrorCode::Denied => "permanent",
        _ => "of the host",
    }
}

fn none_or<T: PartialEq>(expected: Option<T>, found: Option<T>) -> bool {
    expected.is_none() || expected == found
}
