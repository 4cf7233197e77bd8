use std::collections::BTreeMap;

use base64::Engine;
use base64::prelude::BASE64_STANDARD;
use bytes::Bytes;
use serde::de::Error;
use serde::{Deserialize, Deserializer};
use serde_json::Value;
use serde_json::value::RawValue;

use crate::ExpectedError;

/// An item in a case: plain JSON; or `{"$item": {..}}` with attachments, lineage or exact text; or, among expected items,
/// `{"$failed": {..}}`.
#[derive(Debug, Clone)]
pub enum RecordedItem {
    Plain(Box<RawValue>),
    Full(FullItem),
    Failed(ExpectedError),
}

#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct FullItem {
    #[serde(default)]
    pub json: Option<Box<RawValue>>,
    /// Exact JSON text, in the place of `json`.
    #[serde(default)]
    pub text: Option<String>,
    #[serde(default)]
    pub binary: Option<BTreeMap<String, RecordedAttachment>>,
    /// Expected: where the item came from, as pairs of input and index.
    #[serde(default)]
    pub source: Option<Vec<(u32, u32)>>,
    /// Expected: whether the item is an input item, unchanged.
    #[serde(default)]
    pub passed: Option<bool>,
}

#[derive(Debug, Clone, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct RecordedAttachment {
    #[serde(default)]
    pub media_type: Option<String>,
    #[serde(default)]
    pub file_name: Option<String>,
    #[serde(default)]
    pub text: Option<String>,
    #[serde(default)]
    pub base64: Option<String>,
}

impl RecordedItem {
    pub(crate) fn text(&self) -> &str {
        match self {
            Self::Plain(json) => json.get(),
            Self::Full(item) => match (&item.text, &item.json) {
                (Some(text), _) => text,
                (None, Some(json)) => json.get(),
                (None, None) => "{}",
            },
            Self::Failed(_) => "null",
        }
    }

    pub(crate) fn value(&self) -> Result<Value, String> {
        serde_json::from_str(self.text()).map_err(|error| format!("the case's item is not JSON: {error}"))
    }

    pub(crate) fn attachments(&self) -> impl Iterator<Item = (&String, &RecordedAttachment)> {
        let binary = match self {
            Self::Full(item) => item.binary.as_ref(),
            Self::Plain(_) | Self::Failed(_) => None,
        };
        binary.into_iter().flatten()
    }
}

/// The bytes that a case gives as text or in base64.
pub(crate) fn bytes_of(text: Option<&str>, base64: Option<&str>) -> Result<Option<Bytes>, String> {
    match (text, base64) {
        (Some(text), _) => Ok(Some(Bytes::copy_from_slice(text.as_bytes()))),
        (None, Some(base64)) => match BASE64_STANDARD.decode(base64) {
            Ok(bytes) => Ok(Some(bytes.into())),
            Err(error) => Err(format!("the case's base64: {error}")),
        },
        (None, None) => Ok(None),
    }
}

impl<'de> Deserialize<'de> for RecordedItem {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let raw = Box::<RawValue>::deserialize(deserializer)?;
        let fields: BTreeMap<String, Box<RawValue>> = match serde_json::from_str(raw.get()) {
            Ok(fields) => fields,
            Err(_) => return Ok(Self::Plain(raw)),
        };
        match fields.iter().next().map(|(name, value)| (name.as_str(), value)) {
            Some(("$item", item)) => serde_json::from_str(item.get())
                .map(Self::Full)
                .map_err(D::Error::custom),
            Some(("$failed", error)) => serde_json::from_str(error.get())
                .map(Self::Failed)
                .map_err(D::Error::custom),
            _ => Ok(Self::Plain(raw)),
        }
    }
}
