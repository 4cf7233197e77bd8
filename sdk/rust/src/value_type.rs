use std::borrow::Cow;

use serde_json::Value;

/// What a value that people fill in becomes.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, serde::Deserialize, schemars::JsonSchema)]
#[serde(rename_all = "camelCase")]
pub enum ValueType {
    /// The value as it is.
    #[default]
    Auto,
    String,
    Number,
    Boolean,
    Array,
    Object,
}

impl ValueType {
    /// `json` as JSON text of this type. Null stays null.
    ///
    /// # Errors
    ///
    /// In words, if there is no such value.
    pub fn convert(self, json: &str) -> Result<Cow<'_, str>, String> {
        let found = match json.as_bytes().first() {
            Some(b'"') => Self::String,
            Some(b'{') => Self::Object,
            Some(b'[') => Self::Array,
            Some(b't' | b'f') => Self::Boolean,
            Some(b'n') => return Ok(Cow::Borrowed(json)),
            _ => Self::Number,
        };
        if self == Self::Auto || self == found {
            return Ok(Cow::Borrowed(json));
        }
        let text = if found == Self::String {
            serde_json::from_str(json).unwrap_or_default()
        } else {
            json.to_owned()
        };
        let converted = match self {
            Self::String => Some(Value::String(text.clone()).to_string()),
            Self::Number => number(&text),
            Self::Boolean => boolean(&text).map(|boolean| boolean.to_string()),
            Self::Array => whole(&text, '['),
            Self::Object => whole(&text, '{'),
            Self::Auto => None,
        };
        converted
            .map(Cow::Owned)
            .ok_or_else(|| format!("{} is not {}", shortened(json), self.with_article()))
    }

    fn with_article(self) -> &'static str {
        match self {
            Self::Auto => "a value",
            Self::String => "a text",
            Self::Number => "a number",
            Self::Boolean => "a boolean",
            Self::Array => "an array",
            Self::Object => "an object",
        }
    }
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
