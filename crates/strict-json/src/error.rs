/// Why a text could not be read.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum ReadError {
    #[error("the text has {size} bytes, {limit} are allowed")]
    TooLarge { size: usize, limit: usize },
    #[error("the text is not UTF-8 from byte {byte} on")]
    NotUtf8 { byte: usize },
    #[error("arrays and objects are nested more than {limit} deep at line {line} column {column}")]
    TooDeep {
        limit: usize,
        line: usize,
        column: usize,
    },
    /// The message ends with line and column.
    #[error("the text is not JSON: {message}")]
    NotJson {
        line: usize,
        column: usize,
        message: String,
    },
    #[error("the key `{key}` stands twice in one object")]
    DuplicateKey { pointer: String, key: String },
    /// A field is missing, unknown or of another type.
    #[error("{message}")]
    WrongShape { pointer: String, message: String },
}

impl ReadError {
    /// JSON Pointer to the place at fault; empty where there is none.
    pub fn pointer(&self) -> &str {
        match self {
            Self::DuplicateKey { pointer, .. } | Self::WrongShape { pointer, .. } => pointer,
            _ => "",
        }
    }
}
