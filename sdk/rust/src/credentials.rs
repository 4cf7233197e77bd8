//! The use of secrets without knowing them. Needs a credential in the slot that the manifest names.

use std::fmt;

use crate::{NodeError, host};

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Algorithm {
    HmacSha1,
    HmacSha256,
    HmacSha512,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Error {
    /// The manifest has no such slot, or the node has no grant for it.
    Denied(String),
    /// The slot holds no credential, or one without that field.
    Missing(String),
    Unavailable(String),
}

/// An opaque text that the host replaces by the secret in requests to the hosts that the credential is bound to.
///
/// # Errors
///
/// As the host says.
pub fn placeholder(slot: &str, field: &str) -> Result<String, Error> {
    host::placeholder(slot, field)
}

/// A message authentication code (RFC 2104) with the secret as key.
///
/// # Errors
///
/// As the host says.
pub fn sign(slot: &str, field: &str, algorithm: Algorithm, message: &[u8]) -> Result<Vec<u8>, Error> {
    host::sign(slot, field, algorithm, message)
}

impl fmt::Display for Error {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Denied(reason) => write!(formatter, "the credential is not granted: {reason}"),
            Self::Missing(reason) => write!(formatter, "the credential is missing: {reason}"),
            Self::Unavailable(reason) => write!(formatter, "credentials are not available now: {reason}"),
        }
    }
}

impl std::error::Error for Error {}

impl From<Error> for NodeError {
    fn from(error: Error) -> Self {
        let message = error.to_string();
        match error {
            Error::Denied(_) => Self::permanent("denied", message),
            Error::Missing(_) => Self::permanent("credential-missing", message),
            Error::Unavailable(_) => Self::transient("credential-unavailable", message),
        }
    }
}
