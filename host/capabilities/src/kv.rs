//! Small values that outlive a run.

use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use futures::future::BoxFuture;

use crate::bindings::monshyflow::node::kv::{Condition as GuestCondition, Entry as GuestEntry, Error, Host};
use crate::{CallState, Capability};

/// Longest key, in bytes.
const MAX_KEY: usize = 512;
/// Largest value, in bytes.
const MAX_VALUE: usize = 256 << 10;

/// The place where a guest's values are. Two calls with the same store and namespace see the same values.
#[derive(Clone)]
pub struct KvPower {
    pub store: Arc<dyn KvStore>,
    /// Made by the host out of tenant and scope; the guest neither sees nor changes it.
    pub namespace: String,
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
    fn kv(&mut self, key: &str) -> Result<KvPower, Error> {
        let Some(power) = self.kv.clone() else {
            let message =
                "kv: the node has no grant for it; its manifest must request `kv` and an admin must grant it";
            self.deny(Capability::Kv, message.to_owned());
            return Err(Error::Denied(message.to_owned()));
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
        Ok(power)
    }
}

impl Host for CallState {
    async fn get(&mut self, key: String) -> wasmtime::Result<Result<Option<GuestEntry>, Error>> {
        self.counters.count(Capability::Kv)?;
        let power = match self.kv(&key) {
            Ok(power) => power,
            Err(error) => return Ok(Err(error)),
        };
        let entry = power.store.get(&power.namespace, &key).await;
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
        let power = match self.kv(&key) {
            Ok(power) => power,
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
        let version = power
            .store
            .set(&power.namespace, &key, value.into(), condition, ttl)
            .await;
        Ok(version.map_err(Error::from))
    }

    async fn delete(&mut self, key: String) -> wasmtime::Result<Result<bool, Error>> {
        self.counters.count(Capability::Kv)?;
        match self.kv(&key) {
            Ok(power) => Ok(power
                .store
                .delete(&power.namespace, &key)
                .await
                .map_err(Error::from)),
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
