//! Small values that outlive a run. Needs the capability `kv`.

use std::fmt;

use crate::{NodeError, host};

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Entry {
    pub value: Vec<u8>,
    /// Changes with each write; give it to `set` for compare-and-set.
    pub version: String,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Condition {
    Always,
    /// Only if there is no such key.
    Absent,
    /// Only if the entry still has this version.
    Version(String),
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Error {
    /// The node has no grant for `kv`.
    Denied(String),
    /// Key, value or number of entries over the limit.
    Limit(String),
    /// Somebody else wrote in between: read again.
    Conflict,
    Unavailable(String),
}

/// With whom values are shared. The manifest names those that are needed, as targets of the capability.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Scope {
    /// Nobody: this node of this workflow.
    Node,
    /// All nodes of this type in the workflow.
    Workflow,
    /// All nodes of this type of the tenant.
    Tenant,
}

/// Which values the calls after this one are about. Until the first such call they are those of the narrowest scope that was
/// granted.
///
/// # Errors
///
/// `Denied` if the scope was not granted.
pub fn use_scope(scope: Scope) -> Result<(), Error> {
    host::kv_use_scope(scope)
}

/// # Errors
///
/// As the host says.
pub fn get(key: &str) -> Result<Option<Entry>, Error> {
    host::kv_get(key)
}

/// Returns the new version. `ttl_seconds` counts from now by the real clock.
///
/// # Errors
///
/// As the host says.
pub fn set(key: &str, value: &[u8], condition: Condition, ttl_seconds: Option<u32>) -> Result<String, Error> {
    host::kv_set(key, value, condition, ttl_seconds)
}

/// True if there was one.
///
/// # Errors
///
/// As the host says.
pub fn delete(key: &str) -> Result<bool, Error> {
    host::kv_delete(key)
}

impl fmt::Display for Error {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Denied(reason) => write!(formatter, "stored values are not granted: {reason}"),
            Self::Limit(limit) => write!(formatter, "limit of stored values reached: {limit}"),
            Self::Conflict => formatter.write_str("somebody else changed the stored value"),
            Self::Unavailable(reason) => write!(formatter, "stored values are not available now: {reason}"),
        }
    }
}

impl std::error::Error for Error {}

impl From<Error> for NodeError {
    fn from(error: Error) -> Self {
        let message = error.to_string();
        match error {
            Error::Denied(_) => Self::permanent("denied", message),
            Error::Limit(_) => Self::permanent("kv-limit", message),
            Error::Conflict => Self::transient("kv-conflict", message),
            Error::Unavailable(_) => Self::transient("kv-unavailable", message),
        }
    }
}
