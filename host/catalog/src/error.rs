use monshyflow_workflow::Problem;

/// Why the catalog did not do what it was asked, by what the caller can do about it.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// No such thing, or it is another tenant's.
    #[error("there is no {what} `{id}`")]
    NotFound { what: &'static str, id: String },
    /// Somebody else wrote in between: read again.
    #[error("`{id}` was changed in between: it has version {current} now")]
    Changed { id: String, current: u64 },
    /// The document is not what a workflow must be.
    #[error("the workflow has {} problem(s)", .0.len())]
    Invalid(Vec<Problem>),
    #[error("{message}")]
    Refused { code: &'static str, message: String },
    /// The store, the object store or the sandbox failed.
    #[error("the catalog's storage failed")]
    Storage(#[source] Box<dyn std::error::Error + Send + Sync>),
}

impl Error {
    pub(crate) fn not_found(what: &'static str, id: impl ToString) -> Self {
        Self::NotFound {
            what,
            id: id.to_string(),
        }
    }

    pub(crate) fn storage(error: impl std::error::Error + Send + Sync + 'static) -> Self {
        Self::Storage(Box::new(error))
    }
}
