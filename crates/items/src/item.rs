use std::sync::Arc;

use serde::{Deserialize, Serialize};

use crate::Json;

/// One record flowing along an edge.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Item {
    pub json: Json,
    pub source: Source,
    /// Empty for most items; shared, so that passing an item on copies nothing.
    pub binary: Option<Arc<[Attachment]>>,
}

impl Item {
    pub fn new(json: Json) -> Self {
        Self {
            json,
            source: Source::None,
            binary: None,
        }
    }

    pub fn attachments(&self) -> &[Attachment] {
        self.binary.as_deref().unwrap_or(&[])
    }

    /// What the item takes of a budget, in bytes.
    pub fn size(&self) -> usize {
        self.json.bytes().len() + 64 * self.attachments().len()
    }
}

/// An item of a step's input.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct ItemRef {
    /// Index of the input port in the node type.
    pub port: u16,
    /// Index into all items that arrived at that port.
    pub index: u32,
}

/// Where an item came from, relative to the step that emitted it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub enum Source {
    /// Made from nothing that arrived.
    None,
    /// Made from one input item.
    One(ItemRef),
    Many(Box<[ItemRef]>),
    /// It is that input item, unchanged.
    Passed(ItemRef),
}

impl Source {
    pub fn of(refs: Vec<ItemRef>) -> Self {
        match refs.as_slice() {
            [] => Self::None,
            [one] => Self::One(*one),
            _ => Self::Many(refs.into_boxed_slice()),
        }
    }

    pub fn refs(&self) -> &[ItemRef] {
        match self {
            Self::None => &[],
            Self::One(one) | Self::Passed(one) => std::slice::from_ref(one),
            Self::Many(many) => many,
        }
    }
}

/// Binary data that belongs to an item; the bytes are in the object store.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Attachment {
    /// Unique within the item.
    pub name: String,
    /// Key in the object store, made by the host.
    pub object: String,
    /// Bytes.
    pub size: u64,
    pub media_type: String,
    #[serde(default)]
    pub file_name: Option<String>,
}
