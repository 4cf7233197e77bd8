use bytes::Bytes;
use serde::de::DeserializeOwned;

use crate::Error;

/// A stored document.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Document {
    pub id: String,
    /// 1 when inserted, one more with each change.
    pub version: u64,
    /// A JSON object.
    pub body: String,
}

impl Document {
    /// The body as a value of the type that was stored.
    pub fn read<T: DeserializeOwned>(&self) -> Result<T, Error> {
        serde_json::from_str(&self.body)
            .map_err(|error| Error::Damaged(format!("document {}: {error}", self.id)))
    }
}

/// Part of a list.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Page<D = Document> {
    pub items: Vec<D>,
    /// Give it to the same query to get what follows; `None` at the end.
    pub next: Option<String>,
}

/// One entry of a log.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LogEntry {
    pub index: u64,
    pub bytes: Bytes,
}
