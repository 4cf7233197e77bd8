use std::borrow::Cow;

use serde_json::Value;

use crate::params::FieldType;

/// `json` as JSON text of the wanted type. Null stays null.
///
/// # Errors
///
/// In words, if there is no such value.
pub(crate) fn convert(json: &str, kind: FieldType) -> Result<Cow<'_, str>, String> {
    let found = match json.as_bytes().first() {
        Some(b'"') => FieldType::String,
        Some(b'{') => FieldType::Object,
        Some(b'[') => FieldType::Array,
        Some(b't' | b'f') => FieldType::Boolean,
        Some(b'n') => return Ok(Cow::Borrowed(json)),
        _ => FieldType::Number,
    };
    if kind == FieldType::Auto || kind == found {
        return Ok(Cow::Borrowed(json));
    }
    let text = if found == FieldType::String {
        serde_json::from_str(json).unwrap_or_default()
    } else {
        json.to_owned()
    };
    let converted = match kind {
        FieldType::String => Some(Value::String(text.clone()).to_string()),
        FieldType::Number => number(&text),
        FieldType::Boolean => boolean(&text).map(|boolean| boolean.to_string()),
        FieldType::Array => whole(&text, '['),
        FieldType::Object => whole(&text, '{'),
        FieldType::Auto => None,
    };
    converted
        .map(Cow::Owned)
        .ok_or_else(|| format!("{} is not {}", shortened(json), article(kind)))
}

fn number(text: &str) -> Option<String> {
    let text = text.trim();
    match text {
        "true" => return Some("1".to_owned()),
        "false" => return Some("0".to_owned()),
        _ => {}
    }
    // What is a JSON number already keeps all its digits.
    let is_json = text.starts_with(['-', '0', '1', '2', '3', '4', '5', '6', '7', '8', '9'])
        && serde_json::from_str::<&serde_json::value::RawValue>(text).is_ok();
    if is_json {
        return Some(text.to_owned());
    }
    let digits = text.strip_prefix('+').unwrap_or(text);
    let (sign, digits) = digits
        .strip_prefix('-')
        .map_or(("", digits), |digits| ("-", digits));
    let padded = if digits.starts_with('.') {
        format!("{sign}0{digits}")
    } else {
        format!("{sign}{digits}")
    };
    let number: serde_json::Number = serde_json::from_str(&padded).ok()?;
    Some(number.to_string())
}

fn boolean(text: &str) -> Option<bool> {
    match text.trim().to_ascii_lowercase().as_str() {
        "true" | "1" | "yes" | "on" => Some(true),
        "false" | "0" | "no" | "off" => Some(false),
        _ => None,
    }
}

/// `text` if it is JSON that starts with `open`.
fn whole(text: &str, open: char) -> Option<String> {
    let text = text.trim();
    let valid = text.starts_with(open) && serde_json::from_str::<&serde_json::value::RawValue>(text).is_ok();
    valid.then(|| text.to_owned())
}

fn shortened(json: &str) -> Cow<'_, str> {
    match json.char_indices().nth(60) {
        Some((end, _)) => Cow::Owned(format!("{}…", &json[..end])),
        None => Cow::Borrowed(json),
    }
}

fn article(kind: FieldType) -> &'static str {
    match kind {
        FieldType::Auto => "a value",
        FieldType::String => "a text",
        FieldType::Number => "a number",
        FieldType::Boolean => "a boolean",
        FieldType::Array => "an array",
        FieldType::Object => "an object",
    }
}
