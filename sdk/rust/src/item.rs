use serde::de::DeserializeOwned;
use serde_json::Value;

use crate::{Attachment, ItemRef, NewItem, NodeError, Object, Path};

/// One record on its way into a node. Its JSON stays text until the handler looks inside.
#[derive(Debug, Clone)]
pub struct Item {
    text: String,
    attachments: Vec<Attachment>,
    at: ItemRef,
}

impl Item {
    /// `text` is a JSON text (RFC 8259).
    pub fn new(text: String, attachments: Vec<Attachment>, at: ItemRef) -> Self {
        Self {
            text,
            attachments,
            at,
        }
    }

    /// The item's JSON as the host sent it.
    pub fn text(&self) -> &str {
        &self.text
    }

    /// # Errors
    ///
    /// `invalid-item` if the JSON does not have the shape of `T`; the message says where.
    pub fn json<T: DeserializeOwned>(&self) -> Result<T, NodeError> {
        serde_json::from_str(&self.text).map_err(|error| self.invalid(&error))
    }

    /// # Errors
    ///
    /// `invalid-item` if the text is not JSON.
    pub fn value(&self) -> Result<Value, NodeError> {
        self.json()
    }

    /// The item's object for reading and editing; fields that are not touched keep their bytes.
    ///
    /// # Errors
    ///
    /// `invalid-item` if the item is not an object.
    pub fn object(&self) -> Result<Object<'_>, NodeError> {
        Object::parse(&self.text).map_err(|error| self.invalid(&error))
    }

    pub fn attachments(&self) -> &[Attachment] {
        &self.attachments
    }

    pub fn attachment(&self, name: &str) -> Option<&Attachment> {
        self.attachments.iter().find(|attachment| attachment.name == name)
    }

    /// # Errors
    ///
    /// `missing-attachment` if the item has none of that name; the message says which it has.
    pub fn require_attachment(&self, name: &str) -> Result<&Attachment, NodeError> {
        self.attachment(name).ok_or_else(|| {
            let known: Vec<_> = self.attachments.iter().map(|known| known.name.as_str()).collect();
            let known = match known.as_slice() {
                [] => "it has none".to_owned(),
                known => format!("it has `{}`", known.join("`, `")),
            };
            let message = format!("the item has no attachment `{name}`; {known}");
            NodeError::invalid("missing-attachment", message).with_item(self.at)
        })
    }

    /// The text in a field.
    ///
    /// # Errors
    ///
    /// `missing-field` if the item has no such field, `invalid-item` if what is there is no text.
    pub fn require_text(&self, field: &Path) -> Result<String, NodeError> {
        let object = self.object()?;
        let json = object.get(field).ok_or_else(|| {
            let message = format!("the item has no field `{field}`");
            NodeError::invalid("missing-field", message).with_item(self.at)
        })?;
        serde_json::from_str(&json).map_err(|_| {
            let message = format!("the field `{field}` is no text");
            NodeError::invalid("invalid-item", message).with_item(self.at)
        })
    }

    /// Where the item stands among the call's inputs.
    pub fn reference(&self) -> ItemRef {
        self.at
    }

    /// A new item that came from this one and keeps its attachments.
    pub fn replaced(&self, json: String) -> NewItem {
        let item = NewItem::text(json).from(self.at);
        self.attachments.iter().cloned().fold(item, NewItem::with)
    }

    fn invalid(&self, error: &serde_json::Error) -> NodeError {
        NodeError::invalid(
            "invalid-item",
            format!("the item's JSON is not as this node needs it: {error}"),
        )
        .with_item(self.at)
    }
}
