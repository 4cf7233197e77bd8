use bytes::Bytes;
use monshyflow_ids::TenantId;
use serde::Serialize;
use serde_json::{Map, Value};

use crate::{Collection, Document, Error, Find, Log};

/// One change. Several go together into `Store::write`.
#[derive(Debug, Clone)]
pub enum Op {
    Insert {
        tenant: TenantId,
        collection: &'static Collection,
        id: String,
        body: String,
    },
    Replace {
        tenant: TenantId,
        collection: &'static Collection,
        id: String,
        version: u64,
        body: String,
    },
    /// `version`: only if it still is that one.
    Delete {
        tenant: TenantId,
        collection: &'static Collection,
        id: String,
        version: Option<u64>,
    },
    /// `tenant`: `None` looks at all tenants, for the host itself.
    Claim {
        tenant: Option<TenantId>,
        find: Box<Find>,
        merge: Map<String, Value>,
    },
    Append {
        tenant: TenantId,
        log: &'static Log,
        stream: String,
        index: u64,
        bytes: Bytes,
    },
    DeleteLog {
        tenant: TenantId,
        log: &'static Log,
        stream: String,
    },
}

/// What an `Op` did.
#[derive(Debug, Clone, PartialEq)]
pub enum Written {
    /// `Insert`, `Replace`: the document's version now.
    Version(u64),
    /// `Delete`, `DeleteLog`: how many documents or entries went.
    Deleted(u64),
    Claimed(Option<(TenantId, Document)>),
    Appended,
}

impl Op {
    pub fn insert<T: Serialize + ?Sized>(
        tenant: &TenantId,
        collection: &'static Collection,
        id: impl Into<String>,
        body: &T,
    ) -> Result<Self, Error> {
        let body = to_body(body)?;
        Ok(Self::Insert {
            tenant: tenant.clone(),
            collection,
            id: id.into(),
            body,
        })
    }

    pub fn replace<T: Serialize + ?Sized>(
        tenant: &TenantId,
        collection: &'static Collection,
        id: impl Into<String>,
        version: u64,
        body: &T,
    ) -> Result<Self, Error> {
        let body = to_body(body)?;
        Ok(Self::Replace {
            tenant: tenant.clone(),
            collection,
            id: id.into(),
            version,
            body,
        })
    }

    pub fn append(
        tenant: &TenantId,
        log: &'static Log,
        stream: impl Into<String>,
        index: u64,
        bytes: Bytes,
    ) -> Self {
        Self::Append {
            tenant: tenant.clone(),
            log,
            stream: stream.into(),
            index,
            bytes,
        }
    }

    /// What it takes of the queue's budget, in bytes.
    pub(crate) fn size(&self) -> usize {
        match self {
            Self::Insert { body, .. } | Self::Replace { body, .. } => body.len(),
            Self::Append { bytes, .. } => bytes.len(),
            Self::Delete { .. } | Self::Claim { .. } | Self::DeleteLog { .. } => 0,
        }
    }
}

fn to_body<T: Serialize + ?Sized>(body: &T) -> Result<String, Error> {
    let text =
        serde_json::to_string(body).map_err(|error| Error::misuse(format!("a body is not JSON: {error}")))?;
    if text.starts_with('{') {
        Ok(text)
    } else {
        Err(Error::misuse("a body is not a JSON object"))
    }
}
