use std::fmt;

use serde_json::Value;

use crate::ItemRef;

/// What the host may do about an error.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ErrorKind {
    /// Trying again will not help.
    Permanent,
    /// A passing fault: the node's retry policy applies.
    Transient,
    /// As `Transient`, but the other side asked for a pause.
    RateLimited,
    /// A credential is no longer accepted.
    AuthExpired,
    /// A parameter or an item is wrong.
    InvalidInput,
}

impl ErrorKind {
    /// As in the contract and in `cases/*.json`.
    pub fn name(self) -> &'static str {
        match self {
            Self::Permanent => "permanent",
            Self::Transient => "transient",
            Self::RateLimited => "rate-limited",
            Self::AuthExpired => "auth-expired",
            Self::InvalidInput => "invalid-input",
        }
    }
}

/// Why a node could not do its work.
#[derive(Debug, Clone, PartialEq)]
pub struct NodeError {
    pub kind: ErrorKind,
    /// Stable, lower-case, for machines, such as `http-status`.
    pub code: String,
    /// For people: what is wrong and what to do.
    pub message: String,
    /// For machines.
    pub details: Option<Box<Value>>,
    /// JSON Pointer (RFC 6901) into the parameters.
    pub parameter: Option<String>,
    /// The item at fault; the SDK fills it in for nodes that work item by item.
    pub item: Option<ItemRef>,
    /// The earliest time for another try, in milliseconds from now.
    pub retry_after_ms: Option<u32>,
}

impl NodeError {
    pub fn new(kind: ErrorKind, code: &str, message: impl Into<String>) -> Self {
        Self {
            kind,
            code: code.to_owned(),
            message: message.into(),
            details: None,
            parameter: None,
            item: None,
            retry_after_ms: None,
        }
    }

    pub fn permanent(code: &str, message: impl Into<String>) -> Self {
        Self::new(ErrorKind::Permanent, code, message)
    }

    pub fn transient(code: &str, message: impl Into<String>) -> Self {
        Self::new(ErrorKind::Transient, code, message)
    }

    pub fn invalid(code: &str, message: impl Into<String>) -> Self {
        Self::new(ErrorKind::InvalidInput, code, message)
    }

    /// `invalid-params`: a parameter is not as the node needs it. `pointer` is a JSON Pointer, such as `/url`; `problem` says what
    /// is wrong and what to do.
    pub fn invalid_param(pointer: impl Into<String>, problem: impl fmt::Display) -> Self {
        let pointer = pointer.into();
        Self::invalid("invalid-params", format!("parameter {pointer}: {problem}")).at(pointer)
    }

    /// `pointer` is a JSON Pointer into the parameters, such as `/url`.
    pub fn at(mut self, pointer: impl Into<String>) -> Self {
        self.parameter = Some(pointer.into());
        self
    }

    pub fn with_details(mut self, details: Value) -> Self {
        self.details = Some(Box::new(details));
        self
    }

    pub fn with_item(mut self, item: ItemRef) -> Self {
        self.item = Some(item);
        self
    }

    pub fn with_retry_after(mut self, milliseconds: u32) -> Self {
        self.retry_after_ms = Some(milliseconds);
        self
    }
}

impl fmt::Display for NodeError {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(&self.message)
    }
}

impl std::error::Error for NodeError {}
