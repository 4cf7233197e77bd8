//! Where a case's binary data and values are: in memory, gone with it.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use bytes::{Bytes, BytesMut};
use futures::FutureExt;
use futures::future::{BoxFuture, ready};
use monshyflow_capabilities::blobs::{BlobError, BlobStore, BlobWriter, StoredBlob};
use monshyflow_capabilities::kv::{KvCondition, KvEntry, KvError, KvStore};

/// A blob's object is the index into this.
#[derive(Debug, Clone, Default)]
pub(crate) struct Blobs(Arc<Mutex<Vec<Bytes>>>);

/// Entries by namespace and key.
#[derive(Debug, Clone, Default)]
pub(crate) struct Values(Arc<Mutex<HashMap<(String, String), KvEntry>>>);

struct Writer {
    blobs: Blobs,
    bytes: BytesMut,
}

impl Blobs {
    pub(crate) fn add(&self, bytes: Bytes) -> StoredBlob {
        let mut blobs = locked(&self.0);
        let size = bytes.len() as u64;
        blobs.push(bytes);
        StoredBlob {
            object: (blobs.len() - 1).to_string().into(),
            size,
        }
    }

    pub(crate) fn bytes(&self, object: &str) -> Option<Bytes> {
        locked(&self.0).get(object.parse::<usize>().ok()?).cloned()
    }
}

impl BlobStore for Blobs {
    fn read<'a>(
        &'a self,
        object: &'a str,
        offset: u64,
        limit: usize,
    ) -> BoxFuture<'a, Result<Bytes, BlobError>> {
        let bytes = self.bytes(object).map(|bytes| {
            let start = usize::try_from(offset).map_or(bytes.len(), |offset| offset.min(bytes.len()));
            bytes.slice(start..bytes.len().min(start.saturating_add(limit)))
        });
        ready(bytes.ok_or_else(|| BlobError("there is no such blob".to_owned()))).boxed()
    }

    fn create(&self) -> BoxFuture<'_, Result<Box<dyn BlobWriter>, BlobError>> {
        let writer = Writer {
            blobs: self.clone(),
            bytes: BytesMut::new(),
        };
        ready(Ok(Box::new(writer) as Box<dyn BlobWriter>)).boxed()
    }
}

impl BlobWriter for Writer {
    fn write(&mut self, piece: Bytes) -> BoxFuture<'_, Result<(), BlobError>> {
        self.bytes.extend_from_slice(&piece);
        ready(Ok(())).boxed()
    }

    fn finish(self: Box<Self>) -> BoxFuture<'static, Result<StoredBlob, BlobError>> {
        ready(Ok(self.blobs.add(self.bytes.freeze()))).boxed()
    }
}

/// A case ends long before any value does.
impl KvStore for Values {
    fn get<'a>(
        &'a self,
        namespace: &'a str,
        key: &'a str,
    ) -> BoxFuture<'a, Result<Option<KvEntry>, KvError>> {
        ready(Ok(locked(&self.0).get(&place(namespace, key)).cloned())).boxed()
    }

    fn set<'a>(
        &'a self,
        namespace: &'a str,
        key: &'a str,
        value: Bytes,
        condition: KvCondition,
        _: Option<Duration>,
    ) -> BoxFuture<'a, Result<String, KvError>> {
        let mut entries = locked(&self.0);
        let place = place(namespace, key);
        let known = entries.get(&place).map(|entry| entry.version.as_str());
        let allowed = match &condition {
            KvCondition::Always => true,
            KvCondition::Absent => known.is_none(),
            KvCondition::Version(version) => known == Some(version),
        };
        if !allowed {
            return ready(Err(KvError::Conflict)).boxed();
        }
        let writes = known.and_then(|version| version.parse::<u64>().ok()).unwrap_or(0);
        let version = (writes + 1).to_string();
        let entry = KvEntry {
            value,
            version: version.clone(),
        };
        entries.insert(place, entry);
        ready(Ok(version)).boxed()
    }

    fn delete<'a>(&'a self, namespace: &'a str, key: &'a str) -> BoxFuture<'a, Result<bool, KvError>> {
        ready(Ok(locked(&self.0).remove(&place(namespace, key)).is_some())).boxed()
    }
}

fn place(namespace: &str, key: &str) -> (String, String) {
    (namespace.to_owned(), key.to_owned())
}

pub(crate) fn locked<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
