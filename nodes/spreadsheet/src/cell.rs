use calamine::{DataRef, ExcelDateTime};
use monshyflow_sdk::NodeError;
use serde_json::{Number, Value};

use crate::params::{EmptyCells, Reading};

/// Numbers that are dates: up to 9999-12-31.
const DAYS: std::ops::Range<f64> = 0.0..2_958_466.0;

const DAY_MS: f64 = 86_400_000.0;

/// The JSON of a cell; none if it is empty.
pub(crate) fn json(reading: &Reading, cell: &DataRef<'_>) -> Result<Option<String>, NodeError> {
    let value = match cell {
        DataRef::Empty => return Ok(None),
        DataRef::Int(number) => Value::from(*number),
        DataRef::Float(number) => number_of(*number),
        DataRef::Bool(boolean) => Value::from(*boolean),
        DataRef::String(text) | DataRef::DateTimeIso(text) | DataRef::DurationIso(text) => {
            Value::from(text.as_str())
        }
        DataRef::SharedString(text) => Value::from(*text),
        DataRef::Error(error) => Value::from(error.to_string()),
        DataRef::DateTime(date) if reading.raw_values => number_of(date.as_f64()),
        DataRef::DateTime(date) => iso(date).map_or_else(|| number_of(date.as_f64()), Value::from),
    };
    Ok(match value {
        Value::String(text) if text.is_empty() => None,
        Value::String(text) => Some(quoted(&text)?),
        Value::Null => None,
        other if reading.as_text => Some(quoted(&other.to_string())?),
        other => Some(other.to_string()),
    })
}

/// The JSON of an empty cell; none if it is left out.
pub(crate) fn empty(reading: &Reading) -> Option<&'static str> {
    match reading.empty_cells {
        EmptyCells::Omit => None,
        EmptyCells::Null => Some("null"),
        EmptyCells::Text => Some("\"\""),
    }
}

pub(crate) fn quoted(text: &str) -> Result<String, NodeError> {
    serde_json::to_string(text).map_err(|error| NodeError::permanent("unserializable", error.to_string()))
}

/// Spreadsheets know only fractions: what is whole is written so.
fn number_of(number: f64) -> Value {
    if number.fract() == 0.0 && number.abs() < 1e15 {
        return Value::from(number as i64);
    }
    Number::from_f64(number).map_or(Value::Null, Value::Number)
}

/// A date, a time, both, or a duration in ISO 8601. None for numbers that are no dates.
fn iso(date: &ExcelDateTime) -> Option<String> {
    let days = date.as_f64();
    if date.is_duration() {
        return (days.abs() < DAYS.end).then(|| duration(days));
    }
    if !DAYS.contains(&days) {
        return None;
    }
    let (year, month, day, hour, minute, second, millisecond) = date.to_ymd_hms_milli();
    let fraction = match millisecond {
        0 => String::new(),
        millisecond => format!(".{millisecond:03}"),
    };
    let time = format!("{hour:02}:{minute:02}:{second:02}{fraction}");
    if days < 1.0 {
        return Some(time);
    }
    let day = format!("{year:04}-{month:02}-{day:02}");
    Some(if days.fract() == 0.0 {
        day
    } else {
        format!("{day}T{time}")
    })
}

fn duration(days: f64) -> String {
    let milliseconds = (days.abs() * DAY_MS).round() as u64;
    let sign = if days < 0.0 { "-" } else { "" };
    let (hours, rest) = (milliseconds / 3_600_000, milliseconds % 3_600_000);
    let (minutes, rest) = (rest / 60_000, rest % 60_000);
    let seconds = match rest % 1_000 {
        0 => format!("{}", rest / 1_000),
        fraction => format!("{}.{fraction:03}", rest / 1_000),
    };
    format!("{sign}PT{hours}H{minutes}M{seconds}S")
}
