use crate::{Problem, ProblemCode, Severity};

/// Why a text is not a workflow document at all, so that no check can begin.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum DocumentError {
    #[error("the document has {size} bytes, {limit} are allowed")]
    TooLarge { size: usize, limit: usize },
    #[error("the document is not UTF-8 from byte {byte} on")]
    NotUtf8 { byte: usize },
    #[error("arrays and objects are nested more than {limit} deep at line {line}, column {column}")]
    TooDeep {
        limit: usize,
        line: usize,
        column: usize,
    },
    #[error("the document is not JSON: {message}")]
    NotJson {
        line: usize,
        column: usize,
        message: String,
    },
    #[error("the key `{key}` stands twice in one object")]
    DuplicateKey { pointer: String, key: String },
    #[error("{message}")]
    WrongShape { pointer: String, message: String },
}

impl DocumentError {
    pub fn code(&self) -> ProblemCode {
        match self {
            Self::TooLarge { .. } => ProblemCode::DocumentTooLarge,
            Self::NotUtf8 { .. } => ProblemCode::DocumentNotUtf8,
            Self::TooDeep { .. } => ProblemCode::DocumentTooDeep,
            Self::NotJson { .. } => ProblemCode::DocumentNotJson,
            Self::DuplicateKey { .. } => ProblemCode::DocumentDuplicateKey,
            Self::WrongShape { .. } => ProblemCode::DocumentWrongShape,
        }
    }
}

/// So that callers can answer with one list of problems, whatever the fault.
impl From<DocumentError> for Problem {
    fn from(error: DocumentError) -> Self {
        let message = error.to_string();
        let code = error.code();
        let pointer = match error {
            DocumentError::DuplicateKey { pointer, .. } | DocumentError::WrongShape { pointer, .. } => {
                pointer
            }
            _ => String::new(),
        };
        Self {
            severity: Severity::Error,
            code,
            message,
            pointer,
            node: None,
        }
    }
}
