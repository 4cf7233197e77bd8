/// Why the runner did not do what it was asked, by what the caller can do about it.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    #[error("there is no {what} `{id}`")]
    NotFound { what: &'static str, id: String },
    /// The request is wrong.
    #[error("{message}")]
    Refused { code: &'static str, message: String },
    #[error(transparent)]
    Catalog(#[from] monshyflow_catalog::Error),
    #[error(transparent)]
    Journal(#[from] monshyflow_journal::Error),
    /// The process is going down; another one continues.
    #[error("the server is shutting down")]
    ShuttingDown,
}

impl Error {
    pub(crate) fn not_found(what: &'static str, id: impl ToString) -> Self {
        Self::NotFound {
            what,
            id: id.to_string(),
        }
    }

    pub(crate) fn refused(code: &'static str, message: impl Into<String>) -> Self {
        Self::Refused {
            code,
            message: message.into(),
        }
    }
}
