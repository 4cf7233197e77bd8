use jiff::civil::DateTime;
use jiff::tz::TimeZone;
use jiff::{Timestamp, Zoned};
use monshyflow_sdk::{NodeError, RawJson};

use crate::luxon;

/// Reads dates of one call.
pub(crate) struct Reader<'a> {
    /// Tokens of Luxon; empty for what is commonly written.
    pub(crate) format: &'a str,
    /// Of dates that say none.
    pub(crate) input_zone: TimeZone,
    /// In which dates are shown and counted.
    pub(crate) zone: TimeZone,
}

impl Reader<'_> {
    /// # Errors
    ///
    /// `invalid-date` if `value` cannot be read.
    pub(crate) fn read(&self, value: &RawJson, place: &str) -> Result<Zoned, NodeError> {
        let timestamp = match value.as_string() {
            Some(text) if !self.format.is_empty() => {
                luxon::parse(text.trim(), self.format, &self.input_zone)?
            }
            Some(text) => self.common(text.trim()),
            // A format such as `yyyyMMdd` may read a number.
            None if !self.format.is_empty() && !value.is_null() => {
                luxon::parse(value.text(), self.format, &self.input_zone)?
            }
            None => milliseconds(value.text()),
        };
        let timestamp = timestamp.ok_or_else(|| {
            let hint = match self.format {
                "" => "write it in ISO 8601 such as `2024-03-01T12:30:00+01:00`, or say its input format",
                _ => "it is not as the input format says",
            };
            let message = format!(
                "parameter {place}: {} is not a date; {hint}",
                shortened(value.text())
            );
            NodeError::invalid("invalid-date", message).at(place)
        })?;
        Ok(timestamp.to_zoned(self.zone.clone()))
    }

    fn common(&self, text: &str) -> Option<Timestamp> {
        if let Ok(timestamp) = text.parse::<Timestamp>() {
            return Some(timestamp);
        }
        if let Ok(zoned) = text.parse::<Zoned>() {
            return Some(zoned.timestamp());
        }
        if let Some(civil) = civil(text) {
            return luxon::in_zone(civil, &self.input_zone);
        }
        if let Ok(zoned) = jiff::fmt::rfc2822::parse(text) {
            return Some(zoned.timestamp());
        }
        milliseconds(text)
    }
}

/// A date and time without offset; `2024-03` is its first day.
fn civil(text: &str) -> Option<DateTime> {
    let is_month = text.len() == 7 && text.as_bytes()[4] == b'-';
    if is_month {
        format!("{text}-01").parse().ok()
    } else if text.bytes().all(|byte| byte.is_ascii_digit()) {
        None
    } else {
        text.parse().ok()
    }
}

fn milliseconds(text: &str) -> Option<Timestamp> {
    let milliseconds: f64 = text.parse().ok().filter(|number: &f64| number.is_finite())?;
    Timestamp::from_millisecond(milliseconds as i64).ok()
}

fn shortened(json: &str) -> String {
    match json.char_indices().nth(60) {
        Some((end, _)) => format!("{}…", &json[..end]),
        None => json.to_owned(),
    }
}
