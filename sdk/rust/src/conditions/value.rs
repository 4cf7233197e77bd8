use std::borrow::Cow;
use std::cmp::Ordering;

use schemars::JsonSchema;
use serde::Deserialize;
use serde_json::Value;

use super::date_time;
use crate::{Number, RawJson};

/// What a condition takes its values for.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub enum ValueType {
    #[default]
    String,
    Number,
    Boolean,
    /// Text in ISO 8601 or RFC 2822, or milliseconds since 1970. Without an offset it is UTC.
    DateTime,
    Array,
    Object,
    /// Whatever it is.
    Any,
}

impl ValueType {
    pub(super) fn with_article(self) -> &'static str {
        match self {
            Self::String => "a text",
            Self::Number => "a number",
            Self::Boolean => "a boolean",
            Self::DateTime => "a date",
            Self::Array => "a list",
            Self::Object => "an object",
            Self::Any => "a value",
        }
    }
}

/// The value as text; none if it is of another type and types are strict.
pub(super) fn string(value: &RawJson, loose: bool) -> Option<Cow<'_, str>> {
    match value.as_string() {
        Some(text) => Some(Cow::Owned(text)),
        None if loose => Some(Cow::Borrowed(value.text())),
        None => None,
    }
}

pub(super) fn number(value: &RawJson, loose: bool) -> Option<Number> {
    match value.text() {
        "true" if loose => Some(Number::Integer(1)),
        "false" if loose => Some(Number::Integer(0)),
        text if text.starts_with('"') => value
            .as_string()
            .filter(|_| loose)
            .and_then(|text| Number::parse(&text)),
        text => Number::parse(text),
    }
}

pub(super) fn boolean(value: &RawJson, loose: bool) -> Option<bool> {
    match value.text() {
        "true" => Some(true),
        "false" => Some(false),
        "1" if loose => Some(true),
        "0" if loose => Some(false),
        _ if loose => match value.as_string()?.trim().to_ascii_lowercase().as_str() {
            "true" | "1" | "yes" | "on" => Some(true),
            "false" | "0" | "no" | "off" => Some(false),
            _ => None,
        },
        _ => None,
    }
}

/// Milliseconds since 1970-01-01T00:00:00Z.
pub(super) fn date_time(value: &RawJson, loose: bool) -> Option<i128> {
    match value.as_string() {
        Some(text) => {
            let digits = || text.trim().parse().ok().filter(|_| loose);
            date_time::parse(text.trim()).or_else(digits)
        }
        None => match number(value, false)? {
            Number::Integer(milliseconds) => Some(milliseconds),
            Number::Float(milliseconds) => Some(milliseconds as i128),
        },
    }
}

pub(super) fn array(value: &RawJson, loose: bool) -> Option<Vec<RawJson>> {
    match value.as_string() {
        Some(text) if loose => serde_json::from_str(&text).ok(),
        Some(_) => None,
        None => value.to().ok(),
    }
}

/// The number of fields.
pub(super) fn object(value: &RawJson, loose: bool) -> Option<usize> {
    let count = |text: &str| {
        crate::Object::parse(text)
            .ok()
            .map(|object| object.keys().count())
    };
    match value.as_string() {
        Some(text) if loose => count(&text),
        Some(_) => None,
        None => count(value.text()),
    }
}

/// The same JSON, whatever its white space and order of fields; numbers by value.
pub(super) fn same(left: &RawJson, right: &RawJson, case_sensitive: bool) -> bool {
    if left.text() == right.text() {
        return true;
    }
    if let (Some(left), Some(right)) = (Number::parse(left.text()), Number::parse(right.text())) {
        return left.compare(right) == Ordering::Equal;
    }
    if let (false, Some(left), Some(right)) = (case_sensitive, left.as_string(), right.as_string()) {
        return left.to_lowercase() == right.to_lowercase();
    }
    let (left, right): (Value, Value) = (left.value(), right.value());
    left == right
}
