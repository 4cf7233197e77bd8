use jiff::civil::DateTime;
use jiff::tz::TimeZone;
use jiff::{Timestamp, Zoned};
use monshyflow_sdk::{NodeError, RawJson};

/// Milliseconds since 1970. `zone` is that of dates that say none.
///
/// # Errors
///
/// `invalid-date` if `value` cannot be read; `invalid-time-zone` if there is no such zone.
pub(crate) fn milliseconds(value: &RawJson, zone: &str) -> Result<f64, NodeError> {
    let text = value.as_string();
    let timestamp = match &text {
        Some(text) => read(text.trim(), zone)?,
        None => number(value.text()),
    };
    let timestamp = timestamp.ok_or_else(|| {
        let text = value.text();
        let end = text.char_indices().nth(60).map_or(text.len(), |(end, _)| end);
        let message = format!(
            "parameter /dateTime: {} is not a date; write it in ISO 8601 such as `2030-03-01T12:30:00+01:00`",
            &text[..end]
        );
        NodeError::invalid("invalid-date", message).at("/dateTime")
    })?;
    Ok(timestamp.as_millisecond() as f64)
}

fn read(text: &str, zone: &str) -> Result<Option<Timestamp>, NodeError> {
    if let Ok(timestamp) = text.parse::<Timestamp>() {
        return Ok(Some(timestamp));
    }
    if let Ok(zoned) = text.parse::<Zoned>() {
        return Ok(Some(zoned.timestamp()));
    }
    let is_number = !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit());
    if is_number {
        return Ok(number(text));
    }
    if let Ok(civil) = text.parse::<DateTime>() {
        let zone = TimeZone::get(zone).map_err(|_| {
            let message = format!("there is no time zone `{zone}`; see the workflow's settings");
            NodeError::invalid("invalid-time-zone", message)
        })?;
        return Ok(civil.to_zoned(zone).ok().map(|zoned| zoned.timestamp()));
    }
    Ok(jiff::fmt::rfc2822::parse(text)
        .ok()
        .map(|zoned| zoned.timestamp()))
}

fn number(text: &str) -> Option<Timestamp> {
    let milliseconds: f64 = text.parse().ok().filter(|number: &f64| number.is_finite())?;
    Timestamp::from_millisecond(milliseconds as i64).ok()
}
