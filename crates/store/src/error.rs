use std::fmt;

/// Why the store did not do it, by what the caller must do.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Error {
    /// Somebody else was first: read again and decide.
    #[error("{collection}: {key}")]
    Conflict {
        collection: &'static str,
        key: ConflictKey,
    },
    /// Make it smaller.
    #[error("{size} bytes are more than the {limit} that one document or log entry may have")]
    TooLarge { size: usize, limit: usize },
    /// The client sent a cursor that this query did not give out.
    #[error("the cursor does not belong to this list")]
    BadCursor,
    /// The calling code is wrong.
    #[error("wrong use of the store: {0}")]
    Misuse(String),
    /// Try again later; the write may or may not have been done.
    #[error("the store is not available: {0}")]
    Unavailable(String),
    /// What is stored cannot be read.
    #[error("stored data is damaged: {0}")]
    Damaged(String),
}

impl Error {
    pub(crate) fn misuse(what: impl Into<String>) -> Self {
        Self::Misuse(what.into())
    }

    pub fn is_conflict(&self) -> bool {
        matches!(self, Self::Conflict { .. })
    }
}

/// What a write collided with.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum ConflictKey {
    /// The id is taken.
    Id,
    /// Another document of the tenant has the same values in these fields.
    Unique(&'static [&'static str]),
    /// The document has this version now; `None` if it is gone.
    Version(Option<u64>),
    /// The log's stream has an entry with this index.
    LogIndex(u64),
}

impl fmt::Display for ConflictKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Id => f.write_str("the id is taken"),
            Self::Unique(fields) => write!(f, "another document has the same {}", fields.join(", ")),
            Self::Version(Some(found)) => write!(f, "the document has changed and is at version {found}"),
            Self::Version(None) => f.write_str("the document is gone"),
            Self::LogIndex(index) => write!(f, "entry {index} is taken"),
        }
    }
}

/// Why the object store did not do it.
#[derive(Debug, thiserror::Error)]
pub enum ObjectError {
    #[error("there is no object `{0}`")]
    NotFound(String),
    #[error("an object has {size} bytes, more than the {limit} that may be read at once")]
    TooLarge { size: u64, limit: u64 },
    /// The stream that should have been stored broke off; nothing is stored.
    #[error("the source of the bytes failed: {0}")]
    Source(String),
    #[error("the object store is not available")]
    Unavailable(#[source] Box<dyn std::error::Error + Send + Sync>),
}
