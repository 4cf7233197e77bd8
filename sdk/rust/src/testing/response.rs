use std::collections::BTreeMap;

use serde::Deserialize;
use serde_json::Value;

use super::{OneOrMore, Report, bytes_of};
use crate::response::{Body, Response};

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

/// What was answered otherwise than expected, in words.
pub(super) fn same(expected: Option<&ExpectedResponse>, report: &Report) -> Result<(), String> {
    match (expected, &report.response) {
        (None, None) => Ok(()),
        (None, Some(found)) => Err(format!("no answer was expected, but the call gave {found:?}")),
        (Some(expected), None) => Err(format!("expected {expected:?}, but the call gave no answer")),
        (Some(expected), Some(found)) => expected.is(found, report),
    }
}

impl ExpectedResponse {
    fn is(&self, found: &Response, report: &Report) -> Result<(), String> {
        let status = self.status.unwrap_or(200);
        if status != found.status {
            return Err(format!(
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
            return Err(format!(
                "answered with the headers {headers:?}, expected {expected:?}"
            ));
        }
        let body = match &found.body {
            Body::Empty => &[],
            Body::Text(text) => text.as_bytes(),
            Body::Attachment(attachment) => report.bytes(attachment),
        };
        let same = match &self.json {
            Some(json) => serde_json::from_slice::<Value>(body).ok().as_ref() == Some(json),
            None => {
                let expected = bytes_of(self.text.as_deref(), self.base64.as_deref())?;
                expected.unwrap_or_default() == body
            }
        };
        match same {
            true => Ok(()),
            false => Err(format!(
                "answered with another body: {}",
                String::from_utf8_lossy(body)
            )),
        }
    }
}
