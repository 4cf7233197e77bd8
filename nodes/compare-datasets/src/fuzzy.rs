use std::collections::BTreeMap;

use monshyflow_sdk::canonical;
use serde_json::value::RawValue;

/// A text that two JSON texts share if they mean about the same: numbers and booleans may be written as texts, and null,
/// an empty text, list or object are like a missing field.
pub(crate) fn fuzzy(json: &str) -> String {
    let json = json.trim();
    let loose = match json.as_bytes().first() {
        Some(b'{') => object(json),
        Some(b'[') => list(json),
        Some(b'"') => text(json),
        _ => None,
    };
    match loose.unwrap_or_else(|| canonical(json)).as_str() {
        "\"\"" | "[]" | "{}" => "null".to_owned(),
        loose => loose.to_owned(),
    }
}

fn text(json: &str) -> Option<String> {
    let text: String = serde_json::from_str(json).ok()?;
    let text = text.trim();
    let is_scalar = !text.starts_with(['{', '[', '"']) && serde_json::from_str::<&RawValue>(text).is_ok();
    Some(if is_scalar {
        canonical(text)
    } else {
        serde_json::Value::from(text).to_string()
    })
}

fn object(json: &str) -> Option<String> {
    let fields: BTreeMap<String, &RawValue> = serde_json::from_str(json).ok()?;
    let fields = fields.into_iter().filter_map(|(name, value)| {
        let value = fuzzy(value.get());
        (value != "null").then(|| format!("{}:{value}", serde_json::Value::from(name)))
    });
    Some(format!("{{{}}}", fields.collect::<Vec<_>>().join(",")))
}

fn list(json: &str) -> Option<String> {
    let elements: Vec<&RawValue> = serde_json::from_str(json).ok()?;
    let elements: Vec<String> = elements.into_iter().map(|element| fuzzy(element.get())).collect();
    Some(format!("[{}]", elements.join(",")))
}

#[cfg(test)]
mod tests {
    use super::fuzzy;

    #[test]
    fn about_the_same() {
        let same = |left: &str, right: &str| assert_eq!(fuzzy(left), fuzzy(right), "{left} {right}");
        same("3", "\" 3.0 \"");
        same("true", "\"true\"");
        same("null", "\"\"");
        same("[]", "{}");
        same("{\"a\":null}", "{}");
        same("{\"a\":[1,{\"b\":\"\"}]}", "{\"a\":[\"1\",{}]}");
        let differ = |left: &str, right: &str| assert_ne!(fuzzy(left), fuzzy(right), "{left} {right}");
        differ("3", "\"3a\"");
        differ("0", "null");
        differ("false", "null");
        differ("[1]", "1");
        differ("\"a\"", "\"A\"");
    }
}
