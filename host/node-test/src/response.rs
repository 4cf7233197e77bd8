use std::collections::BTreeMap;

use monshyflow_capabilities::response::{Body, Response};
use serde::Deserialize;
use serde_json::Value;

use crate::OneOrMore;
use crate::memory::Blobs;
use crate::recorded_item::bytes_of;

/// What the call must answer: all of it.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ExpectedResponse {
    /// 200 unless said otherwise.
    #[serde(default)]
    status: Option<u16>,
    /// All headers, names in lower case; a list where one comes several times.
    #[serde(default)]
    headers: BTreeMap<String, OneOrMore>,
    /// The body is one of these, or empty.
    #[serde(default)]
    json: Option<Value>,
    #[serde(default)]
    text: Option<String>,
    #[serde(default)]
    base64: Option<String>,
}

/// What the call answered otherwise than expected, in words.
pub(crate) fn difference(
    expected: Option<&ExpectedResponse>,
    found: Option<&Response>,
    blobs: &Blobs,
) -> Option<String> {
    match (expected, found) {
        (None, None) => None,
        (None, Some(found)) => Some(format!("no answer was expected, but the call gave {found:?}")),
        (Some(expected), None) => Some(format!("expected {expected:?}, but the call gave no answer")),
        (Some(expected), Some(found)) => expected.difference(found, blobs),
    }
}

impl ExpectedResponse {
    fn difference(&self, found: &Response, blobs: &Blobs) -> Option<String> {
        let status = self.status.unwrap_or(200);
        if status != found.status {
            return Some(format!(
                "answered with status {}, expected {status}",
                found.status
            ));
        }
        let mut headers: BTreeMap<&str, Vec<&str>> = BTreeMap::new();
        for (name, value) in &found.headers {
            headers.entry(name).or_default().push(value);
        }
        let expected = self.headers.iter().map(|(name, values)| match values {
            OneOrMore::One(value) => (name.as_str(), vec![value.as_str()]),
            OneOrMore::More(values) => (name.as_str(), values.iter().map(String::as_str).collect()),
        });
        let expected: BTreeMap<&str, Vec<&str>> = expected.collect();
        if headers != expected {
            return Some(format!(
                "answered with the headers {headers:?}, expected {expected:?}"
            ));
        }
        let body = match &found.body {
            Body::Empty => Vec::new(),
            Body::Text(text) => text.clone().into_bytes(),
            Body::Blob(blob) => blobs.bytes(&blob.object).unwrap_or_default().to_vec(),
        };
        let same = match &self.json {
            Some(json) => serde_json::from_slice::<Value>(&body).ok().as_ref() == Some(json),
            None => match bytes_of(self.text.as_deref(), self.base64.as_deref()) {
                Ok(expected) => expected.unwrap_or_default() == body,
                Err(fault) => return Some(fault),
            },
        };
        (!same).then(|| format!("answered with another body: {}", String::from_utf8_lossy(&body)))
    }
}
