//! Where JSON Schema 2020-12 has schemas inside a schema.

use serde_json::{Map, Value};

/// Where in the data a keyword's schemas apply.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Place {
    /// To the same value.
    Here,
    /// To what is inside an array.
    Items,
    /// To what is inside an object, or to its keys.
    Members,
}

/// The members of `schema` that hold schemas.
pub(super) fn keywords<'s>(
    schema: &'s Map<String, Value>,
) -> impl Iterator<Item = (&'s str, Place, &'s Value)> + use<'s> {
    schema.iter().filter_map(|(keyword, value)| {
        let place = match keyword.as_str() {
            "allOf" | "anyOf" | "oneOf" | "not" | "if" | "then" | "else" | "dependentSchemas" => Place::Here,
            "items" | "prefixItems" | "contains" | "unevaluatedItems" => Place::Items,
            "properties"
            | "patternProperties"
            | "additionalProperties"
            | "propertyNames"
            | "unevaluatedProperties" => Place::Members,
            _ => return None,
        };
        Some((keyword.as_str(), place, value))
    })
}

/// The schemas that the value of `keyword` holds, with the name that leads to each where there is one.
pub(super) fn parts<'s>(keyword: &str, value: &'s Value) -> Vec<(Option<&'s str>, &'s Value)> {
    match (keyword, value) {
        ("allOf" | "anyOf" | "oneOf" | "prefixItems", Value::Array(all)) => {
            all.iter().map(|one| (None, one)).collect()
        }
        ("properties" | "patternProperties" | "dependentSchemas", Value::Object(all)) => {
            all.iter().map(|(name, one)| (Some(name.as_str()), one)).collect()
        }
        (_, one) => vec![(None, one)],
    }
}

/// What `$ref` of `schema` points at, if it has one.
pub(super) fn reference<'s>(
    root: &'s Value,
    schema: &Map<String, Value>,
) -> Option<Result<&'s Value, String>> {
    let target = schema.get("$ref")?.as_str()?;
    let found = target
        .strip_prefix('#')
        .filter(|fragment| fragment.is_empty() || fragment.starts_with('/'))
        .and_then(percent_decoded)
        .and_then(|pointer| root.pointer(&pointer));
    Some(found.ok_or_else(|| {
        format!("the reference `{target:.100}` must point into this schema and reach something, such as `#/$defs/name`")
    }))
}

fn percent_decoded(text: &str) -> Option<String> {
    let mut bytes = Vec::with_capacity(text.len());
    let mut rest = text.as_bytes();
    while let Some((first, tail)) = rest.split_first() {
        rest = tail;
        if *first == b'%' {
            let (code, tail) = rest.split_at_checked(2)?;
            bytes.push(u8::from_str_radix(std::str::from_utf8(code).ok()?, 16).ok()?);
            rest = tail;
        } else {
            bytes.push(*first);
        }
    }
    String::from_utf8(bytes).ok()
}
