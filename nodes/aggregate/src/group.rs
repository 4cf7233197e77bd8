use monshyflow_sdk::{Item, ItemRef, NewItem, NodeError, Object};

use crate::gathered_attachments::GatheredAttachments;
use crate::params::Plan;

/// Items that agree in their keys, on the way to become one.
pub(crate) struct Group {
    /// JSON texts; none where the first item has no such field.
    keys: Vec<Option<String>>,
    pub(crate) lists: Vec<List>,
    attachments: GatheredAttachments,
    source: Vec<ItemRef>,
}

/// A JSON array that is being written.
pub(crate) struct List(String);

impl Group {
    pub(crate) fn new(keys: Vec<Option<String>>, lists: usize) -> Self {
        Self {
            keys,
            lists: (0..lists).map(|_| List("[".to_owned())).collect(),
            attachments: GatheredAttachments::default(),
            source: Vec::new(),
        }
    }

    pub(crate) fn add(&mut self, item: &Item, attachments: bool) -> Result<(), NodeError> {
        self.source.push(item.reference());
        if attachments {
            self.attachments.add(item)?;
        }
        Ok(())
    }

    pub(crate) fn into_item(self, plan: &Plan) -> Result<NewItem, NodeError> {
        let mut object = Object::default();
        for (position, (path, key)) in plan.group_by.iter().zip(self.keys).enumerate() {
            if let Some(key) = key {
                object
                    .set(path, key)
                    .map_err(|error| NodeError::invalid_param(format!("/groupBy/{position}"), error))?;
            }
        }
        for ((path, place), list) in plan.lists.iter().zip(&plan.places).zip(self.lists) {
            object
                .set(path, list.0 + "]")
                .map_err(|error| NodeError::invalid_param(place, error))?;
        }
        let item = NewItem::text(object.to_text()).from_all(self.source);
        Ok(self.attachments.into_iter().fold(item, NewItem::with))
    }
}

impl List {
    /// `json` is a JSON text.
    pub(crate) fn push(&mut self, json: &str) {
        if self.0.len() > 1 {
            self.0.push(',');
        }
        self.0.push_str(json);
    }
}
