use serde_json::Value;

use crate::collection::{Collection, Index, IndexKind};
use crate::cursor::Position;
use crate::{Error, cursor};

/// The index that every collection has: by id, which for UUIDv7 is by time.
pub const BY_ID: Index = &[];

const MOST_PER_PAGE: usize = 1_000;

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Order {
    Ascending,
    Descending,
}

/// What to look for: documents of one collection by one declared index, equal in its first fields, in the order of the
/// next one (the last), or by id if all fields are given.
#[derive(Debug, Clone)]
pub struct Find {
    pub(crate) collection: &'static Collection,
    pub(crate) index: Index,
    pub(crate) equals: Vec<Value>,
    pub(crate) at_least: Option<Value>,
    pub(crate) below: Option<Value>,
    pub(crate) order: Order,
    pub(crate) limit: usize,
    pub(crate) cursor: Option<String>,
}

impl Find {
    /// By `index`, which must be declared for `collection`, or [`BY_ID`].
    pub fn by(collection: &'static Collection, index: Index) -> Self {
        Self {
            collection,
            index,
            equals: Vec::new(),
            at_least: None,
            below: None,
            order: Order::Ascending,
            limit: 100,
            cursor: None,
        }
    }

    /// Values for the first fields of the index: all of them, or all but the last.
    #[must_use]
    pub fn equals<V: Into<Value>>(mut self, values: impl IntoIterator<Item = V>) -> Self {
        self.equals = values.into_iter().map(Into::into).collect();
        self
    }

    /// Inclusive bound on the field that orders.
    #[must_use]
    pub fn at_least(mut self, value: impl Into<Value>) -> Self {
        self.at_least = Some(value.into());
        self
    }

    /// Exclusive bound on the field that orders.
    #[must_use]
    pub fn below(mut self, value: impl Into<Value>) -> Self {
        self.below = Some(value.into());
        self
    }

    /// Greatest first, which for times and ids is newest first.
    #[must_use]
    pub fn descending(mut self) -> Self {
        self.order = Order::Descending;
        self
    }

    /// At most this many; between 1 and 1,000. A page also ends early when its documents are large.
    #[must_use]
    pub fn limit(mut self, limit: usize) -> Self {
        self.limit = limit.clamp(1, MOST_PER_PAGE);
        self
    }

    /// Go on where a page ended.
    #[must_use]
    pub fn after(mut self, cursor: Option<String>) -> Self {
        self.cursor = cursor;
        self
    }

    /// Which declared index it is; `None` is by id.
    pub(crate) fn resolve(&self, any_tenant: bool) -> Result<Option<IndexKind>, Error> {
        if self.index.is_empty() {
            return if any_tenant {
                Err(Error::misuse("ids have no order over all tenants"))
            } else {
                Ok(None)
            };
        }
        let fits = |kind: IndexKind| (kind == IndexKind::AcrossTenants) == any_tenant;
        let found = self
            .collection
            .every_index()
            .find(|(kind, index)| fits(*kind) && *index == self.index);
        let Some((kind, index)) = found else {
            let (fields, name) = (self.index.join(", "), self.collection.name);
            return Err(Error::misuse(format!("`{name}` has no such index over {fields}")));
        };
        let given = self.equals.len();
        if given > index.len() || given + 1 < index.len() {
            return Err(Error::misuse(format!(
                "{given} values do not fit an index of {} fields",
                index.len()
            )));
        }
        Ok(Some(kind))
    }

    /// The field that orders; `None` is the id.
    pub(crate) fn ordered_by(&self) -> Option<&'static str> {
        self.index.get(self.equals.len()).copied()
    }

    pub(crate) fn position(&self) -> Result<Option<Position>, Error> {
        self.cursor
            .as_deref()
            .map(|text| cursor::read(text, self))
            .transpose()
    }
}
