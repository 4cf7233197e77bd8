//! The highest value that was seen.

use jiff::Timestamp;
use jiff::civil::DateTime;
use jiff::tz::TimeZone;
use monshyflow_sdk::{NodeError, Number, RawJson, kv};
use serde::{Deserialize, Serialize};

use crate::params::Operation;
use crate::stored;

/// Steps that could be tried again.
const STEPS: usize = 200;

/// What is stored: each step that raised the value, oldest first.
#[derive(Debug, Default, Serialize, Deserialize)]
struct Raised(Vec<By>);

#[derive(Debug, Serialize, Deserialize)]
struct By {
    step: String,
    /// None if there was no value.
    before: Option<String>,
    after: String,
}

/// Says of each number whether it is above what other steps saw before, and remembers the highest for a step.
///
/// # Errors
///
/// As the host says; `invalid-history`.
pub(crate) fn above<'v>(
    operation: Operation,
    values: impl Iterator<Item = &'v str>,
    step: &str,
) -> Result<Vec<bool>, NodeError> {
    let values: Vec<Number> = values.filter_map(Number::parse).collect();
    let Some(highest) = values.iter().copied().max_by(|left, right| left.compare(*right)) else {
        return Ok(Vec::new());
    };
    let limit = stored::update(key(operation), |bytes| {
        let raised = bytes.map(serde_json::from_slice::<Raised>).transpose();
        let mut raised = raised.map_err(|_| stored::unreadable())?.unwrap_or_default();
        if let Some(by) = raised.0.iter().find(|by| by.step == step) {
            return Ok((by.before.clone(), None));
        }
        let limit = raised.0.last().map(|by| by.after.clone());
        if !is_above(highest, limit.as_deref())? {
            return Ok((limit, None));
        }
        raised.0.push(By {
            step: step.to_owned(),
            before: limit.clone(),
            after: highest.to_string(),
        });
        raised.0.drain(..raised.0.len().saturating_sub(STEPS));
        let written = serde_json::to_vec(&raised);
        let written = written.map_err(|error| NodeError::permanent("unserializable", error.to_string()))?;
        Ok((limit, Some(written)))
    })?;
    values
        .iter()
        .map(|value| is_above(*value, limit.as_deref()))
        .collect()
}

fn is_above(value: Number, limit: Option<&str>) -> Result<bool, NodeError> {
    let Some(limit) = limit else { return Ok(true) };
    let limit = Number::parse(limit).ok_or_else(stored::unreadable)?;
    Ok(value.compare(limit).is_gt())
}

/// # Errors
///
/// As the host says.
pub(crate) fn clear() -> Result<(), NodeError> {
    for operation in [Operation::Higher, Operation::Later] {
        kv::delete(key(operation))?;
    }
    Ok(())
}

fn key(operation: Operation) -> &'static str {
    match operation {
        Operation::Later => "latest",
        _ => "highest",
    }
}

/// # Errors
///
/// `invalid-value` if it is none.
pub(crate) fn number(value: &RawJson) -> Result<String, NodeError> {
    let text = value.as_string();
    let number = Number::parse(text.as_deref().unwrap_or(value.text()));
    number
        .map(|number| number.to_string())
        .ok_or_else(|| invalid(value, "a number"))
}

/// A date in nanoseconds since 1970.
///
/// # Errors
///
/// `invalid-value` if it is none.
pub(crate) fn date(value: &RawJson) -> Result<String, NodeError> {
    let text = value.as_string();
    let timestamp = match &text {
        Some(text) => timestamp(text.trim()),
        None => milliseconds(value.text()),
    };
    timestamp
        .map(|timestamp| timestamp.as_nanosecond().to_string())
        .ok_or_else(|| {
            invalid(
                value,
                "a date; write it in ISO 8601 such as `2030-03-01T12:30:00+01:00`",
            )
        })
}

/// Without an offset it is UTC.
fn timestamp(text: &str) -> Option<Timestamp> {
    let civil = || {
        let civil = text.parse::<DateTime>().ok()?;
        civil.to_zoned(TimeZone::UTC).ok().map(|zoned| zoned.timestamp())
    };
    let mail = || {
        jiff::fmt::rfc2822::parse(text)
            .ok()
            .map(|zoned| zoned.timestamp())
    };
    if text.bytes().all(|byte| byte.is_ascii_digit()) {
        return milliseconds(text);
    }
    let timestamp = text.parse::<Timestamp>().ok();
    timestamp.or_else(civil).or_else(mail)
}

fn milliseconds(text: &str) -> Option<Timestamp> {
    let milliseconds: f64 = text.parse().ok().filter(|number: &f64| number.is_finite())?;
    Timestamp::from_millisecond(milliseconds as i64).ok()
}

fn invalid(value: &RawJson, expected: &str) -> NodeError {
    let text = value.text();
    let end = text.char_indices().nth(60).map_or(text.len(), |(end, _)| end);
    NodeError::invalid(
        "invalid-value",
        format!("parameter /value: {} is not {expected}", &text[..end]),
    )
    .at("/value")
}
