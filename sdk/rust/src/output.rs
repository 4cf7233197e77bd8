use std::borrow::Cow;

use serde::Serialize;

use crate::call::{CreatedItem, ERROR_PORT, Outcome, OutputItem};
use crate::{Attachment, Item, ItemRef, NodeError};

/// The output port of nodes that have only one.
pub const MAIN: &str = "main";

/// An item for an output port: an input item passed on as it is, or a new one.
#[derive(Debug, Clone, PartialEq)]
pub struct NewItem(Inner);

#[derive(Debug, Clone, PartialEq)]
enum Inner {
    Passed(ItemRef),
    Created(CreatedItem),
    Failed(NodeError),
}

impl NewItem {
    /// # Errors
    ///
    /// `unserializable` if `value` has no JSON form, such as a map with keys that are not text.
    pub fn of<T: Serialize + ?Sized>(value: &T) -> Result<Self, NodeError> {
        json_text(value).map(Self::text)
    }

    /// `json` is a JSON text.
    pub fn text(json: String) -> Self {
        Self(Inner::Created(CreatedItem {
            json,
            binary: Vec::new(),
            source: Vec::new(),
        }))
    }

    /// An input item as it is; the host neither copies nor stores it again.
    pub fn passed(item: ItemRef) -> Self {
        Self(Inner::Passed(item))
    }

    /// Adds an attachment, in the place of one with the same name. An item that is passed on cannot change.
    pub fn with(mut self, attachment: Attachment) -> Self {
        if let Inner::Created(created) = &mut self.0 {
            created.binary.retain(|known| known.name != attachment.name);
            created.binary.push(attachment);
        }
        self
    }

    pub fn without_attachments(mut self) -> Self {
        if let Inner::Created(created) = &mut self.0 {
            created.binary.clear();
        }
        self
    }

    /// Says which input item this one came from. Nodes that work item by item need not.
    pub fn from(mut self, item: ItemRef) -> Self {
        if let Inner::Created(created) = &mut self.0
            && !created.source.contains(&item)
        {
            created.source.push(item);
        }
        self
    }

    /// Says which input items this one came from, each named once.
    pub fn from_all(mut self, items: impl IntoIterator<Item = ItemRef>) -> Self {
        if let Inner::Created(created) = &mut self.0 {
            created.source.extend(items);
        }
        self
    }

    pub fn to(self, port: impl Into<Cow<'static, str>>) -> Output {
        Output::one(self).to(port)
    }

    fn into_output_item(self, default_source: Option<ItemRef>) -> OutputItem {
        match self.0 {
            Inner::Passed(item) => OutputItem::Passed(item),
            Inner::Failed(error) => OutputItem::Failed(error),
            Inner::Created(mut created) => {
                if created.source.is_empty() {
                    created.source.extend(default_source);
                }
                OutputItem::Created(created)
            }
        }
    }
}

impl From<Item> for NewItem {
    fn from(item: Item) -> Self {
        Self::passed(item.reference())
    }
}

impl From<&Item> for NewItem {
    fn from(item: &Item) -> Self {
        Self::passed(item.reference())
    }
}

pub(crate) fn json_text<T: Serialize + ?Sized>(value: &T) -> Result<String, NodeError> {
    serde_json::to_string(value).map_err(|error| {
        NodeError::permanent("unserializable", format!("the output has no JSON form: {error}"))
    })
}

/// Items for output ports; `main` unless said otherwise.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Output {
    items: Vec<(Cow<'static, str>, NewItem)>,
    /// Ports that are delivered even if no item leaves by them.
    delivered: Vec<Cow<'static, str>>,
}

impl Output {
    pub fn none() -> Self {
        Self::default()
    }

    pub fn one(item: impl Into<NewItem>) -> Self {
        Self::many([item])
    }

    pub fn many(items: impl IntoIterator<Item = impl Into<NewItem>>) -> Self {
        Self {
            items: items
                .into_iter()
                .map(|item| (Cow::Borrowed(MAIN), item.into()))
                .collect(),
            delivered: Vec::new(),
        }
    }

    /// An item at fault, which `error.item` names. Only for nodes that take all items at once, and only when the workflow goes on
    /// after errors ([`Context::keep_going`](crate::Context)).
    pub fn failed(error: NodeError) -> Self {
        Self {
            items: vec![(Cow::Borrowed(ERROR_PORT), NewItem(Inner::Failed(error)))],
            delivered: Vec::new(),
        }
    }

    /// Sends everything in this output to `port`.
    pub fn to(mut self, port: impl Into<Cow<'static, str>>) -> Self {
        let port = port.into();
        self.items.iter_mut().for_each(|(name, _)| *name = port.clone());
        self
    }

    /// Counts `port` as delivered even if no item leaves by it, so that a step behind it that also runs on nothing does run.
    pub fn delivered_at(mut self, port: impl Into<Cow<'static, str>>) -> Self {
        self.delivered.push(port.into());
        self
    }

    pub fn and(mut self, other: Self) -> Self {
        self.items.extend(other.items);
        self.delivered.extend(other.delivered);
        self
    }

    pub(crate) fn add_to(self, outcome: &mut Outcome, default_source: Option<ItemRef>) {
        for port in self.delivered {
            outcome.open(&port);
        }
        for (port, item) in self.items {
            outcome.push(&port, item.into_output_item(default_source));
        }
    }
}

/// What a handler may return: an `Output`, an `Item` to pass it on, a `NewItem`, or any value that serde can
/// serialize, which becomes one new item. Several items or none are an `Output`.
pub trait IntoOutput {
    /// # Errors
    ///
    /// If a value has no JSON form.
    fn into_output(self) -> Result<Output, NodeError>;
}

impl IntoOutput for Output {
    fn into_output(self) -> Result<Output, NodeError> {
        Ok(self)
    }
}

impl IntoOutput for NewItem {
    fn into_output(self) -> Result<Output, NodeError> {
        Ok(Output::one(self))
    }
}

impl IntoOutput for Item {
    fn into_output(self) -> Result<Output, NodeError> {
        Ok(Output::one(self))
    }
}

impl<T: Serialize> IntoOutput for T {
    fn into_output(self) -> Result<Output, NodeError> {
        NewItem::of(&self).map(Output::one)
    }
}
