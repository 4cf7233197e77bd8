use std::fmt;

use monshyflow_sdk::http::Response;
use monshyflow_sdk::{ErrorKind, NodeError};
use schemars::JsonSchema;
use serde::Deserialize;
use serde::de::{Deserializer, Error, Visitor};
use serde_json::json;

use crate::params::{ErrorMode, Errors};

/// As much of a refused request's body as an error shows.
const EXCERPT: usize = 4 * 1024;

/// `404`, `4xx` or `500-503`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Statuses {
    first: u16,
    last: u16,
}

impl Statuses {
    fn parse(text: &str) -> Option<Self> {
        let text = text.trim();
        if let Some(class) = text.strip_suffix("xx").or_else(|| text.strip_suffix("XX")) {
            let class: u16 = class.parse().ok().filter(|class| (1..=5).contains(class))?;
            return Some(Self {
                first: class * 100,
                last: class * 100 + 99,
            });
        }
        let (first, last) = text.split_once('-').unwrap_or((text, text));
        let status = |text: &str| {
            text.trim()
                .parse()
                .ok()
                .filter(|status| (100..=599).contains(status))
        };
        Some(Self {
            first: status(first)?,
            last: status(last)?,
        })
        .filter(|range| range.first <= range.last)
    }

    pub(crate) fn contains(self, status: u16) -> bool {
        (self.first..=self.last).contains(&status)
    }
}

/// # Errors
///
/// `http-status`, if the parameters say that the response's status is an error.
pub(crate) fn check(errors: &Errors, response: &mut Response) -> Result<(), NodeError> {
    let status = response.status();
    let allowed = errors.allowed.iter().any(|allowed| allowed.contains(status));
    let is_error = match errors.mode {
        ErrorMode::Never => false,
        ErrorMode::Default => status >= 400 && !allowed,
        ErrorMode::OnlyAllowed => !allowed,
    };
    if is_error { Err(refused(response)) } else { Ok(()) }
}

fn refused(response: &mut Response) -> NodeError {
    let status = response.status();
    let retry_after = response.retry_after_ms();
    let url = response.url().to_string();
    let kind = match status {
        429 => ErrorKind::RateLimited,
        503 if retry_after.is_some() => ErrorKind::RateLimited,
        501 | 505 => ErrorKind::Permanent,
        408 | 425 | 500.. => ErrorKind::Transient,
        _ => ErrorKind::Permanent,
    };
    let excerpt = excerpt(response);
    let advice = match status {
        401 | 403 => "; check the credential or the headers",
        404 | 410 => "; check the URL",
        400 | 422 => "; check the query and the body",
        _ => "",
    };
    let said = if excerpt.is_empty() {
        String::new()
    } else {
        format!(": {}", first_line(&excerpt))
    };
    let message = format!("{url} answered {status}{}{said}{advice}", reason(status));
    let details = json!({ "status": status, "url": url, "body": excerpt });
    let error = NodeError::new(kind, "http-status", message).with_details(details);
    match retry_after {
        Some(pause) => error.with_retry_after(pause),
        None => error,
    }
}

/// Empty if the body is too large or not to be had.
fn excerpt(response: &mut Response) -> String {
    let text = response.text(16 * EXCERPT).unwrap_or_default();
    let end = text
        .char_indices()
        .nth(EXCERPT)
        .map_or(text.len(), |(end, _)| end);
    text[..end].to_owned()
}

fn first_line(text: &str) -> &str {
    let line = text.trim().lines().next().unwrap_or_default();
    line.char_indices().nth(200).map_or(line, |(end, _)| &line[..end])
}

/// The common ones (RFC 9110, section 15).
fn reason(status: u16) -> &'static str {
    match status {
        400 => " Bad Request",
        401 => " Unauthorized",
        403 => " Forbidden",
        404 => " Not Found",
        405 => " Method Not Allowed",
        408 => " Request Timeout",
        409 => " Conflict",
        410 => " Gone",
        413 => " Content Too Large",
        415 => " Unsupported Media Type",
        422 => " Unprocessable Content",
        429 => " Too Many Requests",
        500 => " Internal Server Error",
        502 => " Bad Gateway",
        503 => " Service Unavailable",
        504 => " Gateway Timeout",
        _ => "",
    }
}

impl<'de> Deserialize<'de> for Statuses {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct TextOrNumber;

        impl Visitor<'_> for TextOrNumber {
            type Value = Statuses;

            fn expecting(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
                formatter.write_str("statuses such as `404`, `4xx` or `500-503`")
            }

            fn visit_str<E: Error>(self, text: &str) -> Result<Statuses, E> {
                Statuses::parse(text).ok_or_else(|| E::invalid_value(serde::de::Unexpected::Str(text), &self))
            }

            fn visit_u64<E: Error>(self, status: u64) -> Result<Statuses, E> {
                self.visit_str(&status.to_string())
            }
        }

        deserializer.deserialize_any(TextOrNumber)
    }
}

impl JsonSchema for Statuses {
    fn schema_name() -> std::borrow::Cow<'static, str> {
        "Statuses".into()
    }

    fn inline_schema() -> bool {
        true
    }

    fn json_schema(_: &mut schemars::SchemaGenerator) -> schemars::Schema {
        schemars::json_schema!({
            "anyOf": [
                { "type": "integer", "minimum": 100, "maximum": 599 },
                { "type": "string", "pattern": "^([1-5]xx|[1-5][0-9][0-9](-[1-5][0-9][0-9])?)$" },
            ],
        })
    }
}
