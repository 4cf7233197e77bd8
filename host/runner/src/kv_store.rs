use std::time::Duration;

use bytes::Bytes;
use data_encoding::HEXLOWER;
use futures::FutureExt;
use futures::future::BoxFuture;
use jiff::Timestamp;
use monshyflow_capabilities::kv::{KvCondition, KvEntry, KvError, KvStore};
use monshyflow_clock::Clock;
use monshyflow_ids::TenantId;
use monshyflow_store::{Collection, Document, Error, Find, Index, Op, Store};
use serde::{Deserialize, Serialize};

pub(crate) static KV: Collection = Collection {
    name: "kv",
    unique: &[],
    indexes: &[BY_NAMESPACE, BY_EXPIRY],
    across_tenants: &[],
};

const BY_NAMESPACE: Index = &["namespace"];
const BY_EXPIRY: Index = &["namespace", "expires"];
/// Entries of one namespace.
const MAX_ENTRIES: usize = 10_000;
/// Entries whose time is over that are removed at once.
const SWEPT: usize = 1_000;

/// Values of one tenant's nodes, in the document store.
#[derive(Debug, Clone)]
pub(crate) struct TenantKv {
    pub(crate) store: Store,
    pub(crate) tenant: TenantId,
    pub(crate) clock: Clock,
}

#[derive(Debug, Serialize, Deserialize)]
struct Entry {
    /// Lower-case hex, because a document is JSON and a value is any bytes.
    value: String,
    /// Empty in entries of earlier versions of this program, which are not counted until they are written again.
    #[serde(default)]
    namespace: String,
    /// Absent if it stays.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    expires: Option<Timestamp>,
}

impl TenantKv {
    /// The document and, unless its time is over, the entry.
    async fn read(&self, id: &str) -> Result<(Option<Document>, Option<Entry>), KvError> {
        let document = self.store.get(&self.tenant, &KV, id).await.map_err(unavailable)?;
        let entry: Option<Entry> = document
            .as_ref()
            .map(|document| document.read())
            .transpose()
            .map_err(unavailable)?;
        let now = self.clock.now();
        Ok((
            document,
            entry.filter(|entry| entry.expires.is_none_or(|expires| expires > now)),
        ))
    }

    /// Entries whose time is over make room for new ones.
    async fn make_room(&self, namespace: &str) -> Result<(), KvError> {
        let all = || Find::by(&KV, BY_NAMESPACE).equals([namespace]);
        let is_full = async || {
            let count = self.store.count(&self.tenant, all(), MAX_ENTRIES).await;
            count.map(|count| count >= MAX_ENTRIES)
        };
        if !is_full().await.map_err(unavailable)? {
            return Ok(());
        }
        let over = Find::by(&KV, BY_EXPIRY)
            .equals([namespace])
            // Texts of times within one second are not in the order of the times.
            .below((self.clock.now() - Duration::from_secs(1)).to_string())
            .limit(SWEPT);
        let page = self.store.find(&self.tenant, over).await.map_err(unavailable)?;
        let remove = page.items.into_iter().map(|document| Op::Delete {
            tenant: self.tenant.clone(),
            collection: &KV,
            id: document.id,
            version: Some(document.version),
        });
        match self.store.write(remove.collect()).await {
            // Somebody else sweeps, too.
            Err(error) if error.is_conflict() => {}
            written => drop(written.map_err(unavailable)?),
        }
        match is_full().await.map_err(unavailable)? {
            true => Err(KvError::Limit(format!(
                "{MAX_ENTRIES} entries are kept already: delete some"
            ))),
            false => Ok(()),
        }
    }

    async fn write(&self, id: &str, entry: &Entry, condition: KvCondition) -> Result<String, KvError> {
        loop {
            let (document, live) = self.read(id).await?;
            let allowed = match (&condition, &document, &live) {
                (KvCondition::Always, _, _) | (KvCondition::Absent, _, None) => true,
                (KvCondition::Version(wanted), Some(document), Some(_)) => {
                    *wanted == document.version.to_string()
                }
                (KvCondition::Absent, _, Some(_)) | (KvCondition::Version(_), _, _) => false,
            };
            if !allowed {
                return Err(KvError::Conflict);
            }
            let written = match document {
                Some(document) => {
                    self.store
                        .replace_if(&self.tenant, &KV, id, document.version, entry)
                        .await
                }
                None => {
                    self.make_room(&entry.namespace).await?;
                    self.store.insert(&self.tenant, &KV, id, entry).await.map(|()| 1)
                }
            };
            match written {
                Ok(version) => return Ok(version.to_string()),
                Err(error) if error.is_conflict() => {}
                Err(error) => return Err(unavailable(error)),
            }
        }
    }
}

impl KvStore for TenantKv {
    fn get<'a>(
        &'a self,
        namespace: &'a str,
        key: &'a str,
    ) -> BoxFuture<'a, Result<Option<KvEntry>, KvError>> {
        async move {
            let (document, entry) = self.read(&id(namespace, key)).await?;
            let Some((document, entry)) = document.zip(entry) else {
                return Ok(None);
            };
            let value = HEXLOWER
                .decode(entry.value.as_bytes())
                .map_err(|_| KvError::Unavailable("damaged value".into()))?;
            Ok(Some(KvEntry {
                value: value.into(),
                version: document.version.to_string(),
            }))
        }
        .boxed()
    }

    fn set<'a>(
        &'a self,
        namespace: &'a str,
        key: &'a str,
        value: Bytes,
        condition: KvCondition,
        ttl: Option<Duration>,
    ) -> BoxFuture<'a, Result<String, KvError>> {
        async move {
            let expires = ttl.map(|ttl| self.clock.now().saturating_add(ttl)).transpose();
            let expires = expires.map_err(|error| KvError::Limit(error.to_string()))?;
            let entry = Entry {
                value: HEXLOWER.encode(&value),
                namespace: namespace.to_owned(),
                expires,
            };
            self.write(&id(namespace, key), &entry, condition).await
        }
        .boxed()
    }

    fn delete<'a>(&'a self, namespace: &'a str, key: &'a str) -> BoxFuture<'a, Result<bool, KvError>> {
        async move {
            let id = id(namespace, key);
            let (document, live) = self.read(&id).await?;
            if document.is_none() {
                return Ok(false);
            }
            self.store
                .delete(&self.tenant, &KV, &id, None)
                .await
                .map_err(unavailable)?;
            Ok(live.is_some())
        }
        .boxed()
    }
}

/// The namespace has no control characters, so a zero byte keeps `a` + `bc` apart from `ab` + `c`.
fn id(namespace: &str, key: &str) -> String {
    format!("{namespace}\0{key}")
}

fn unavailable(error: Error) -> KvError {
    KvError::Unavailable(error.to_string())
}

#[cfg(test)]
mod tests {
    use super::*;
    use monshyflow_clock::ManualClock;
    use monshyflow_store::Options;

    async fn kv(tenant: &str, store: &Store) -> (TenantKv, ManualClock) {
        let clock = ManualClock::starting_at(Timestamp::UNIX_EPOCH);
        let tenant = tenant.parse().unwrap();
        (
            TenantKv {
                store: store.clone(),
                tenant,
                clock: Clock::Manual(clock.clone()),
            },
            clock,
        )
    }

    #[tokio::test]
    async fn compare_and_set_expiry_and_tenants() {
        let folder = tempfile::tempdir().unwrap();
        let url = format!("sqlite://{}/kv.db", folder.path().display());
        let store = Store::open(&url, Options::new(&[&KV], &[])).await.unwrap();
        let (mine, clock) = kv("a", &store).await;
        let (theirs, _) = kv("b", &store).await;
        let value = Bytes::from_static(b"\x00\xff");
        let first = mine
            .set("n", "k", value.clone(), KvCondition::Absent, None)
            .await
            .unwrap();
        assert_eq!(
            mine.set("n", "k", value.clone(), KvCondition::Absent, None).await,
            Err(KvError::Conflict)
        );
        let ttl = Some(Duration::from_secs(10));
        let second = mine
            .set("n", "k", value.clone(), KvCondition::Version(first.clone()), ttl)
            .await
            .unwrap();
        assert_ne!(first, second);
        let stale = mine
            .set("n", "k", value.clone(), KvCondition::Version(first), None)
            .await;
        assert_eq!(stale, Err(KvError::Conflict));
        assert_eq!(mine.get("n", "k").await.unwrap().unwrap().value, value);
        assert_eq!(theirs.get("n", "k").await.unwrap(), None);
        assert_eq!(mine.get("nk", "").await.unwrap(), None);
        clock.advance_millis(10_000);
        assert_eq!(mine.get("n", "k").await.unwrap(), None);
        assert!(!mine.delete("n", "k").await.unwrap());
    }

    #[tokio::test]
    async fn a_namespace_has_room_for_so_many() {
        let folder = tempfile::tempdir().unwrap();
        let url = format!("sqlite://{}/kv.db", folder.path().display());
        let store = Store::open(&url, Options::new(&[&KV], &[])).await.unwrap();
        let (kv, clock) = kv("a", &store).await;
        let entry = |number: usize| {
            let expires = number.is_multiple_of(2).then(|| clock_at(&kv, 10));
            let entry = Entry {
                value: String::new(),
                namespace: "n".to_owned(),
                expires,
            };
            (id("n", &number.to_string()), entry)
        };
        let many = (0..MAX_ENTRIES).map(entry);
        store.insert_many(&kv.tenant, &KV, many).await.unwrap();
        let set = async |namespace: &str, key: &str| {
            kv.set(namespace, key, Bytes::new(), KvCondition::Always, None)
                .await
        };
        let old = serde_json::json!({ "value": "00ff", "expires": null });
        store
            .insert(&kv.tenant, &KV, &id("n", "old"), &old)
            .await
            .unwrap();
        let old = kv.get("n", "old").await.unwrap().unwrap();
        assert_eq!(old.value.as_ref(), b"\x00\xff");
        let full = set("n", "one more").await;
        assert!(matches!(full, Err(KvError::Limit(_))), "{full:?}");
        set("n", "1").await.expect("what is there can be replaced");
        set("other", "one more").await.expect("another has its own room");
        clock.advance_millis(12_500);
        set("n", "one more").await.expect("what was over made room");
        let left = Find::by(&KV, BY_NAMESPACE).equals(["n"]);
        let left = store.count(&kv.tenant, left, MAX_ENTRIES).await.unwrap();
        assert_eq!(left, MAX_ENTRIES - SWEPT + 1);
    }

    fn clock_at(kv: &TenantKv, seconds: u64) -> Timestamp {
        kv.clock.now() + Duration::from_secs(seconds)
    }
}
