use std::collections::BTreeMap;

use base64::Engine;
use base64::prelude::BASE64_STANDARD;
use serde::de::Error;
use serde::{Deserialize, Deserializer};
use serde_json::Value;
use serde_json::value::RawValue;

use super::ExpectedError;
use crate::{Attachment, Item, ItemRef, host};

/// An item in a case: plain JSON; or `{"$item": {..}}` with attachments, lineage or exact text; or, among expected
/// items, `{"$failed": {..}}`.
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
    /// The item as a call brings it; its attachments' bytes are put into the world.
    pub(crate) fn to_item(&self, at: ItemRef) -> Result<Item, String> {
        let attachments = match self {
            Self::Full(FullItem {
                binary: Some(binary), ..
            }) => binary.iter().map(place).collect::<Result<_, _>>()?,
            Self::Plain(_) | Self::Full(_) => Vec::new(),
            Self::Failed(_) => return Err("`$failed` is for expected items".to_owned()),
        };
        Ok(Item::new(self.text(), attachments, at))
    }

    pub(crate) fn text(&self) -> String {
        match self {
            Self::Plain(json) => json.get().to_owned(),
            Self::Full(item) => match (&item.text, &item.json) {
                (Some(text), _) => text.clone(),
                (None, Some(json)) => json.get().to_owned(),
                (None, None) => "{}".to_owned(),
            },
            Self::Failed(_) => "null".to_owned(),
        }
    }

    pub(crate) fn value(&self) -> Value {
        serde_json::from_str(&self.text()).unwrap_or_default()
    }
}

fn place((name, recorded): (&String, &RecordedAttachment)) -> Result<Attachment, String> {
    let bytes = bytes_of(recorded.text.as_deref(), recorded.base64.as_deref())?.unwrap_or_default();
    let blob = host::world(|world| {
        world.blobs.push(bytes);
        world.blobs.len() as u32 - 1
    });
    let media_type = recorded
        .media_type
        .clone()
        .unwrap_or_else(|| "application/octet-stream".to_owned());
    Ok(Attachment::new(
        name.clone(),
        media_type,
        recorded.file_name.clone(),
        blob,
    ))
}

/// The bytes that a case gives as text or in base64.
pub(crate) fn bytes_of(text: Option<&str>, base64: Option<&str>) -> Result<Option<Vec<u8>>, String> {
    match (text, base64) {
        (Some(text), _) => Ok(Some(text.as_bytes().to_vec())),
        (None, Some(base64)) => BASE64_STANDARD
            .decode(base64)
            .map(Some)
            .map_err(|error| format!("base64: {error}")),
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
