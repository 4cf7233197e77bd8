//! Small values that outlive a run.

use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use futures::future::BoxFuture;

use crate::bindings::monshyflow::node::kv::{
    Condition as GuestCondition, Entry as GuestEntry, Error, Host, Scope as GuestScope,
};
use crate::{CallState, Capability};

/// Longest key, in bytes.
const MAX_KEY: usize = 512;
/// Largest value, in bytes.
const MAX_VALUE: usize = 256 << 10;

/// The place where a guest's values are. Two calls with the same store and namespace see the same values.
#[derive(Clone)]
pub struct KvPower {
    pub store: Arc<dyn KvStore>,
    /// Those of the granted scopes, made by the host; the guest does not see them. The first is in use, at the start that of
    /// the narrowest scope.
    pub namespaces: Vec<(KvScope, String)>,
}

/// With whom a guest shares its values.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum KvScope {
    Node,
    Workflow,
    Tenant,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct KvEntry {
    pub value: Bytes,
    /// Another one after each write.
    pub version: String,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub enum KvCondition {
    Always,
    /// Only if there is no such key.
    Absent,
    /// Only if the entry has this version.
    Version(String),
}

#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum KvError {
    #[error("somebody else wrote in between")]
    Conflict,
    /// The text says which limit and how high it is.
    #[error("{0}")]
    Limit(String),
    /// Worth another try.
    #[error("{0}")]
    Unavailable(String),
}

/// Where values are kept: part of the outside world.
pub trait KvStore: Send + Sync {
    fn get<'a>(&'a self, namespace: &'a str, key: &'a str)
    -> BoxFuture<'a, Result<Option<KvEntry>, KvError>>;

    /// Returns the new version.
    fn set<'a>(
        &'a self,
        namespace: &'a str,
        key: &'a str,
        value: Bytes,
        condition: KvCondition,
        ttl: Option<Duration>,
    ) -> BoxFuture<'a, Result<String, KvError>>;

    /// True if there was one.
    fn delete<'a>(&'a self, namespace: &'a str, key: &'a str) -> BoxFuture<'a, Result<bool, KvError>>;
}

impl CallState {
    fn kv_denied(&mut self, message: String) -> Error {
        self.deny(Capability::Kv, message.clone());
        Error::Denied(message)
    }

    /// The store, and the namespace in use.
    fn kv(&mut self, key: &str) -> Result<(Arc<dyn KvStore>, String), Error> {
        let power = self.kv.as_ref();
        let granted =
            power.and_then(|power| Some((power.store.clone(), power.namespaces.first()?.1.clone())));
        let Some(granted) = granted else {
            let message =
                "kv: the node has no grant for it; its manifest must request `kv` and an admin must grant it";
            return Err(self.kv_denied(message.to_owned()));
        };
        if key.is_empty() || key.len() > MAX_KEY {
            return Err(Error::Limit(format!(
                "a key has 1 to {MAX_KEY} bytes, this one has {}",
                key.len()
            )));
        }
        if key.contains(char::is_control) {
            return Err(Error::Limit("a key has no control characters".to_owned()));
        }
        Ok(granted)
    }
}

impl Host for CallState {
    async fn use_scope(&mut self, scope: GuestScope) -> wasmtime::Result<Result<(), Error>> {
        self.counters.count(Capability::Kv)?;
        let (wanted, name) = match scope {
            GuestScope::Node => (KvScope::Node, "node"),
            GuestScope::Workflow => (KvScope::Workflow, "workflow"),
            GuestScope::Tenant => (KvScope::Tenant, "tenant"),
        };
        let known = self.kv.as_mut().and_then(|power| {
            let position = power.namespaces.iter().position(|(scope, _)| *scope == wanted)?;
            power.namespaces.swap(0, position);
            Some(())
        });
        let message = || {
            format!(
                "kv: the scope `{name}` is not granted; the manifest must request it as a target of `kv` and an admin must grant it"
            )
        };
        Ok(known.ok_or_else(|| self.kv_denied(message())))
    }

    async fn get(&mut self, key: String) -> wasmtime::Result<Result<Option<GuestEntry>, Error>> {
        self.counters.count(Capability::Kv)?;
        let (store, namespace) = match self.kv(&key) {
            Ok(place) => place,
            Err(error) => return Ok(Err(error)),
        };
        let entry = store.get(&namespace, &key).await;
        let for_guest = |entry: KvEntry| GuestEntry {
            value: entry.value.into(),
            version: entry.version,
        };
        Ok(entry.map(|entry| entry.map(for_guest)).map_err(Error::from))
    }

    async fn set(
        &mut self,
        key: String,
        value: Vec<u8>,
        condition: GuestCondition,
        ttl_seconds: Option<u32>,
    ) -> wasmtime::Result<Result<String, Error>> {
        self.counters.count(Capability::Kv)?;
        let (store, namespace) = match self.kv(&key) {
            Ok(place) => place,
            Err(error) => return Ok(Err(error)),
        };
        if value.len() > MAX_VALUE {
            let message = format!(
                "a value has at most {MAX_VALUE} bytes, this one has {}",
                value.len()
            );
            return Ok(Err(Error::Limit(message)));
        }
        let condition = match condition {
            GuestCondition::Always => KvCondition::Always,
            GuestCondition::Absent => KvCondition::Absent,
            GuestCondition::Version(version) => KvCondition::Version(version),
        };
        let ttl = ttl_seconds.map(|seconds| Duration::from_secs(seconds.into()));
        let version = store.set(&namespace, &key, value.into(), condition, ttl).await;
        Ok(version.map_err(Error::from))
    }

    async fn delete(&mut self, key: String) -> wasmtime::Result<Result<bool, Error>> {
        self.counters.count(Capability::Kv)?;
        match self.kv(&key) {
            Ok((store, namespace)) => Ok(store.delete(&namespace, &key).await.map_err(Error::from)),
            Err(error) => Ok(Err(error)),
        }
    }
}

impl From<KvError> for Error {
    fn from(error: KvError) -> Self {
        match error {
            KvError::Conflict => Self::Conflict,
            KvError::Limit(message) => Self::Limit(message),
            KvError::Unavailable(message) => Self::Unavailable(message),
        }
    }
}
