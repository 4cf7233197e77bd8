use std::fmt;

use bytes::Bytes;
use serde_json::value::RawValue;

/// Deepest nesting of arrays and objects in an item, the same as serde_json's own limit for reading into values.
const MAX_DEPTH: usize = 127;

/// A JSON text (RFC 8259), checked once, shared without copying.
#[derive(Clone, PartialEq, Eq)]
pub struct Json(Bytes);

#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum InvalidJson {
    #[error("not UTF-8 from byte {0} on")]
    Utf8(usize),
    #[error("not JSON: {0}")]
    Syntax(String),
    #[error("arrays and objects are nested more than {MAX_DEPTH} deep")]
    Depth,
}

impl Json {
    /// The text `{}`.
    pub fn empty_object() -> Self {
        Self(Bytes::from_static(b"{}"))
    }

    /// Checks `text` without building values from it.
    pub fn parse(text: Bytes) -> Result<Self, InvalidJson> {
        let chars = std::str::from_utf8(&text).map_err(|error| InvalidJson::Utf8(error.valid_up_to()))?;
        check_depth(chars.as_bytes())?;
        let trimmed = serde_json::from_str::<&RawValue>(chars)
            .map_err(|error| InvalidJson::Syntax(error.to_string()))?
            .get();
        let checked = text.slice_ref(trimmed.as_bytes());
        Ok(Self(checked))
    }

    /// For text that this process itself wrote with serde_json or read from a place that only holds checked text.
    pub fn from_checked(text: Bytes) -> Self {
        debug_assert!(serde_json::from_slice::<serde::de::IgnoredAny>(&text).is_ok());
        Self(text)
    }

    pub fn from_raw(text: &RawValue) -> Self {
        Self(Bytes::copy_from_slice(text.get().as_bytes()))
    }

    pub fn from_value(value: &serde_json::Value) -> Self {
        Self(Bytes::from(value.to_string()))
    }

    pub fn as_str(&self) -> &str {
        std::str::from_utf8(&self.0).unwrap_or("null")
    }

    pub fn bytes(&self) -> &Bytes {
        &self.0
    }

    /// Reads the text into values. It was checked, so this fails only for numbers that no value can hold.
    pub fn to_value(&self) -> Result<serde_json::Value, InvalidJson> {
        serde_json::from_slice(&self.0).map_err(|error| InvalidJson::Syntax(error.to_string()))
    }
}

impl fmt::Debug for Json {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

fn check_depth(text: &[u8]) -> Result<(), InvalidJson> {
    let (mut depth, mut in_string, mut escaped) = (0_usize, false, false);
    for byte in text {
        match byte {
            _ if escaped => escaped = false,
            b'\\' if in_string => escaped = true,
            b'"' => in_string = !in_string,
            b'{' | b'[' if !in_string => {
                depth += 1;
                if depth > MAX_DEPTH {
                    return Err(InvalidJson::Depth);
                }
            }
            b'}' | b']' if !in_string => depth = depth.saturating_sub(1),
            _ => {}
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parse(text: &str) -> Result<Json, InvalidJson> {
        Json::parse(Bytes::copy_from_slice(text.as_bytes()))
    }

    #[test]
    fn refuses_what_is_not_json_and_says_why() {
        assert!(matches!(parse(""), Err(InvalidJson::Syntax(_))));
        assert!(matches!(parse("{} x"), Err(InvalidJson::Syntax(_))));
        assert_eq!(
            Json::parse(Bytes::from_static(b"\"\xff\"")),
            Err(InvalidJson::Utf8(1))
        );
        assert_eq!(parse(&"[".repeat(10_000)), Err(InvalidJson::Depth));
    }

    #[test]
    fn keeps_the_text_as_it_was() {
        let text = r#"{"big":12345678901234567890123,"brace":"{[\"","deep":[[[]]]}"#;
        assert_eq!(parse(&format!(" {text}\n")).unwrap().as_str(), text);
        let deepest = format!("{}{}", "[".repeat(MAX_DEPTH), "]".repeat(MAX_DEPTH));
        assert!(parse(&deepest).unwrap().to_value().is_ok());
    }
}
