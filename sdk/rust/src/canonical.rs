use std::collections::BTreeMap;

use serde_json::Value;
use serde_json::value::RawValue;

/// A text that two JSON texts share exactly if they mean the same value: white space, escapes, the order of fields and the
/// way in which a number is written do not count. Numbers are compared by all their digits, so large ones differ where
/// floating point would take them for one. What is not JSON stays as it is.
pub fn canonical(json: &str) -> String {
    let mut text = String::with_capacity(json.len());
    write(json.trim(), &mut text);
    text
}

/// Recursion ends where serde_json's does, at 128 levels: deeper text stays as it is.
fn write(json: &str, text: &mut String) {
    let written = match json.as_bytes().first() {
        Some(b'"') => serde_json::from_str::<String>(json)
            .map(|string| text.push_str(&Value::String(string).to_string()))
            .is_ok(),
        Some(b'{') => write_object(json, text),
        Some(b'[') => write_array(json, text),
        Some(b'-' | b'0'..=b'9') => number(json).map(|number| text.push_str(&number)).is_some(),
        _ => false,
    };
    if !written {
        text.push_str(json);
    }
}

fn write_object(json: &str, text: &mut String) -> bool {
    let Ok(fields) = serde_json::from_str::<BTreeMap<String, &RawValue>>(json) else {
        return false;
    };
    text.push('{');
    for (position, (name, value)) in fields.into_iter().enumerate() {
        if position > 0 {
            text.push(',');
        }
        text.push_str(&Value::String(name).to_string());
        text.push(':');
        write(value.get(), text);
    }
    text.push('}');
    true
}

fn write_array(json: &str, text: &mut String) -> bool {
    let Ok(elements) = serde_json::from_str::<Vec<&RawValue>>(json) else {
        return false;
    };
    text.push('[');
    for (position, element) in elements.into_iter().enumerate() {
        if position > 0 {
            text.push(',');
        }
        write(element.get(), text);
    }
    text.push(']');
    true
}

/// Sign, digits without zeros at either end, and a power of ten: `-1.50` and `-15e-1` are `-15e-1`.
fn number(json: &str) -> Option<String> {
    let (sign, rest) = json.strip_prefix('-').map_or(("", json), |rest| ("-", rest));
    let (mantissa, exponent) = rest.split_once(['e', 'E']).unwrap_or((rest, "0"));
    let (whole, fraction) = mantissa.split_once('.').unwrap_or((mantissa, ""));
    let digits = format!("{whole}{fraction}");
    if !digits.bytes().all(|byte| byte.is_ascii_digit()) {
        return None;
    }
    let significant = digits.trim_start_matches('0');
    let trimmed = significant.trim_end_matches('0');
    if trimmed.is_empty() {
        return Some("0".to_owned());
    }
    let exponent = exponent.parse::<i64>().ok()?;
    let shift = (significant.len() - trimmed.len()) as i64 - fraction.len() as i64;
    Some(match exponent.checked_add(shift)? {
        0 => format!("{sign}{trimmed}"),
        power => format!("{sign}{trimmed}e{power}"),
    })
}

#[cfg(test)]
mod tests {
    use super::canonical;

    #[test]
    fn the_same_value_has_one_text() {
        let check = |left: &str, right: &str| assert_eq!(canonical(left), canonical(right), "{left} {right}");
        check("1", "1.0");
        check("-1.50", "-15e-1");
        check("100", "1E+2");
        check("0", "-0.000e7");
        check("0.001", "1e-3");
        check("\"\\u00e9\"", "\"é\"");
        check("{\"b\":[1, 2],\"a\":null}", " {\"a\": null, \"b\": [1.0, 2e0]}");
        check("\"a\\/b\"", "\"a/b\"");
    }

    #[test]
    fn other_values_have_other_texts() {
        let check = |left: &str, right: &str| assert_ne!(canonical(left), canonical(right), "{left} {right}");
        check("12345678901234567890123", "12345678901234567890124");
        check("1", "\"1\"");
        check("1", "-1");
        check("1", "10");
        check("[1,2]", "[2,1]");
        check("null", "\"null\"");
        check("1e99999999999999999999", "1e99999999999999999998");
    }
}
