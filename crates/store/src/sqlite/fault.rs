use rusqlite::ErrorCode;

use crate::Error;

/// What an error of SQLite means to a caller. Constraints are told apart where they arise.
pub(super) fn error(error: rusqlite::Error) -> Error {
    match error.sqlite_error_code() {
        Some(ErrorCode::DatabaseCorrupt | ErrorCode::NotADatabase) => Error::Damaged(error.to_string()),
        Some(ErrorCode::TooBig) => Error::misuse(error.to_string()),
        Some(ErrorCode::Unknown) | None => Error::Damaged(error.to_string()),
        Some(_) => Error::Unavailable(error.to_string()),
    }
}

/// The text that SQLite gives with a violated unique key: the columns, or the name of the index if it is over expressions.
pub(super) fn violated_key(error: &rusqlite::Error) -> Option<&str> {
    match error {
        rusqlite::Error::SqliteFailure(failure, Some(text))
            if failure.code == ErrorCode::ConstraintViolation =>
        {
            text.strip_prefix("UNIQUE constraint failed: ")
        }
        _ => None,
    }
}
