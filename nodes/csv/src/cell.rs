use monshyflow_sdk::NodeError;
use serde_json::value::RawValue;

use crate::params::{EmptyCells, Reading};

/// The JSON of a cell; none if it is left out.
pub(crate) fn json(reading: &Reading, text: &str) -> Result<Option<String>, NodeError> {
    if text.is_empty() {
        match reading.empty_cells {
            EmptyCells::Text => {}
            EmptyCells::Null => return Ok(Some("null".to_owned())),
            EmptyCells::Omit => return Ok(None),
        }
    }
    if reading.detect_types && has_type(text) {
        return Ok(Some(text.to_owned()));
    }
    quoted(text).map(Some)
}

pub(crate) fn quoted(text: &str) -> Result<String, NodeError> {
    serde_json::to_string(text).map_err(|error| NodeError::permanent("unserializable", error.to_string()))
}

/// Whether the text is a number or a boolean as JSON writes it: numbers keep their digits, and what starts with
/// zeros, such as a postcode, stays text.
fn has_type(text: &str) -> bool {
    let starts = text.starts_with(|first: char| first == '-' || first.is_ascii_digit());
    text == "true"
        || text == "false"
        || (starts && serde_json::from_str::<&RawValue>(text).is_ok_and(|raw| raw.get() == text))
}
