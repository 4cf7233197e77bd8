use monshyflow_engine::ReplayError;
use monshyflow_ids::RunId;
use monshyflow_store::ObjectError;

/// Why the journal did not do it, by what the caller must do.
#[derive(Debug, Clone, thiserror::Error)]
pub enum Error {
    /// Stop working on the run at once; another worker has it, or it was deleted.
    #[error("the run is held by somebody else")]
    LostLease,
    /// Answer with the run that the same idempotency key started.
    #[error("the idempotency key already started run {existing}")]
    Duplicate { existing: RunId },
    /// Answer with that run, or end it and try again.
    #[error("run {existing} with the same singleton key has not ended")]
    Singleton { existing: RunId },
    /// Answer 404.
    #[error("there is no such run")]
    NotFound,
    /// Cancel the run first.
    #[error("the run has not ended")]
    StillOpen,
    /// The calling code is wrong: an event after the terminal one, or a list that should have been stored first.
    #[error("wrong use of the journal: {0}")]
    Misuse(&'static str),
    /// The client sent a cursor that this list did not give out: answer 400.
    #[error("the cursor does not belong to this list")]
    BadCursor,
    /// Fail the run: the event is too large to be recorded.
    #[error("an event of {size} bytes is more than the {limit} that can be recorded")]
    TooLarge { size: usize, limit: usize },
    /// Try again later, or let go of the run so that another worker goes on with it.
    #[error("run history cannot be written or read now: {0}")]
    Unavailable(String),
    /// Fail the run; what is stored cannot be read.
    #[error("run history is damaged: {0}")]
    Damaged(String),
}

impl From<monshyflow_store::Error> for Error {
    fn from(error: monshyflow_store::Error) -> Self {
        use monshyflow_store::Error as Store;
        match error {
            Store::Conflict { .. } => Self::LostLease,
            Store::TooLarge { size, limit } => Self::TooLarge { size, limit },
            Store::BadCursor => Self::BadCursor,
            Store::Unavailable(why) => Self::Unavailable(why),
            Store::Misuse(why) | Store::Damaged(why) => Self::Damaged(why),
        }
    }
}

impl From<ObjectError> for Error {
    fn from(error: ObjectError) -> Self {
        let chain = match std::error::Error::source(&error) {
            Some(source) => format!("{error}: {source}"),
            None => error.to_string(),
        };
        match error {
            ObjectError::NotFound(_) | ObjectError::TooLarge { .. } => Self::Damaged(chain),
            ObjectError::Source(_) | ObjectError::Unavailable(_) => Self::Unavailable(chain),
        }
    }
}

impl From<ReplayError> for Error {
    fn from(error: ReplayError) -> Self {
        Self::Damaged(error.to_string())
    }
}
