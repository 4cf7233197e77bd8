use std::fmt;
use std::io;

use crate::{NodeError, blobs};

/// Why there is no response, or not all of it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Error {
    pub kind: ErrorKind,
    /// In words, with the place.
    pub message: String,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ErrorKind {
    /// The host refused: no grant, or an address that nodes may not reach.
    Denied,
    /// The name has no address, or nobody could tell.
    Dns,
    /// Nobody answered at the address, or the connection broke.
    Connect,
    Timeout,
    /// Certificate or handshake.
    Tls,
    /// The other side does not speak HTTP as it should.
    Protocol,
    /// More bytes than allowed.
    TooLarge,
    /// More redirects than allowed, or one that leads nowhere.
    Redirect,
    /// The request itself is wrong: URL, method, header.
    Invalid,
    /// The body's blob could not be read, or the response's not written.
    Blob,
    /// The body is not what it should be, such as JSON.
    Body,
}

impl ErrorKind {
    /// The code of the node's error.
    pub fn code(self) -> &'static str {
        match self {
            Self::Denied => "denied",
            Self::Dns => "http-dns",
            Self::Connect => "http-connect",
            Self::Timeout => "http-timeout",
            Self::Tls => "http-tls",
            Self::Protocol => "http-protocol",
            Self::TooLarge => "http-too-large",
            Self::Redirect => "http-redirect",
            Self::Invalid => "http-invalid-request",
            Self::Blob => "http-blob",
            Self::Body => "http-body",
        }
    }

    /// Whether another try may help.
    pub fn is_transient(self) -> bool {
        matches!(self, Self::Dns | Self::Connect | Self::Timeout | Self::Protocol)
    }
}

impl Error {
    pub(crate) fn new(kind: ErrorKind, message: impl Into<String>) -> Self {
        Self {
            kind,
            message: message.into(),
        }
    }

    pub(crate) fn invalid(message: impl Into<String>) -> Self {
        Self::new(ErrorKind::Invalid, message)
    }
}

impl fmt::Display for Error {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(&self.message)
    }
}

impl std::error::Error for Error {}

impl From<Error> for NodeError {
    fn from(error: Error) -> Self {
        let kind = match error.kind {
            ErrorKind::Invalid => crate::ErrorKind::InvalidInput,
            kind if kind.is_transient() => crate::ErrorKind::Transient,
            _ => crate::ErrorKind::Permanent,
        };
        Self::new(kind, error.kind.code(), error.message)
    }
}

impl From<blobs::Error> for Error {
    fn from(error: blobs::Error) -> Self {
        Self::new(ErrorKind::Blob, error.to_string())
    }
}

impl From<io::Error> for Error {
    fn from(error: io::Error) -> Self {
        Self::new(ErrorKind::Blob, error.to_string())
    }
}
