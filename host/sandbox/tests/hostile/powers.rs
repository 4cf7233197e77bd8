use std::collections::HashMap;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use bytes::Bytes;
use futures::FutureExt;
use futures::future::BoxFuture;
use monshyflow_capabilities::Powers;
use monshyflow_capabilities::blobs::{BlobError, BlobPower, BlobStore, BlobWriter, StoredBlob};
use monshyflow_capabilities::credentials::CredentialPower;
use monshyflow_capabilities::kv::{KvCondition, KvEntry, KvError, KvPower, KvScope, KvStore};
use monshyflow_capabilities::note::{Level, Note};
use monshyflow_sandbox::{Attachment, Budget, Call, EmittedItem, Input, Item, Params};
use serde_json::{Value, json};

use crate::harness::*;

/// Keeps what it is given; fails for keys that say so.
#[derive(Default)]
struct MemoryKv(Mutex<HashMap<(String, String), (Bytes, u64)>>);

impl KvStore for MemoryKv {
    fn get<'a>(
        &'a self,
        namespace: &'a str,
        key: &'a str,
    ) -> BoxFuture<'a, Result<Option<KvEntry>, KvError>> {
        async move {
            if key == "broken" {
                return Err(KvError::Unavailable("the store is away".into()));
            }
            let entries = self.0.lock().unwrap();
            let entry = entries.get(&(namespace.to_owned(), key.to_owned()));
            Ok(entry.map(|(value, version)| KvEntry {
                value: value.clone(),
                version: version.to_string(),
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
        _ttl: Option<Duration>,
    ) -> BoxFuture<'a, Result<String, KvError>> {
        async move {
            let mut entries = self.0.lock().unwrap();
            let entry = entries.entry((namespace.to_owned(), key.to_owned()));
            let now = match &entry {
                std::collections::hash_map::Entry::Occupied(entry) => Some(entry.get().1),
                std::collections::hash_map::Entry::Vacant(_) => None,
            };
            let fits = match condition {
                KvCondition::Always => true,
                KvCondition::Absent => now.is_none(),
                KvCondition::Version(version) => now.is_some_and(|now| now.to_string() == version),
            };
            if !fits {
                return Err(KvError::Conflict);
            }
            let version = now.unwrap_or(0) + 1;
            entry.insert_entry((value, version));
            Ok(version.to_string())
        }
        .boxed()
    }

    fn delete<'a>(&'a self, namespace: &'a str, key: &'a str) -> BoxFuture<'a, Result<bool, KvError>> {
        let removed = self
            .0
            .lock()
            .unwrap()
            .remove(&(namespace.to_owned(), key.to_owned()));
        async move { Ok(removed.is_some()) }.boxed()
    }
}

fn kv(store: &Arc<MemoryKv>, namespace: &str) -> Powers {
    let power = KvPower {
        store: store.clone(),
        namespaces: vec![
            (KvScope::Node, namespace.to_owned()),
            (KvScope::Tenant, "shared".to_owned()),
        ],
    };
    Powers {
        kv: Some(power),
        ..powers()
    }
}

#[tokio::test]
async fn values_outlive_a_call_within_their_namespace() {
    let store = Arc::new(MemoryKv::default());
    let ask = async |namespace: &str, params: Value| {
        call_with(params, kv(&store, namespace), &budget())
            .await
            .result
            .map(|emitted| {
                let EmittedItem::Created { json, .. } = &emitted.ports[0].items[0] else {
                    panic!()
                };
                json.to_value().unwrap()
            })
    };
    let set = |value: &str| json!({ "mode": "kv-set", "key": "cursor", "value": value });
    let get = || json!({ "mode": "kv-get", "key": "cursor" });
    assert_eq!(ask("a", set("one")).await.unwrap(), json!("1"));
    assert_eq!(
        ask("a", get()).await.unwrap(),
        json!({ "value": "one", "version": "1" })
    );
    assert_eq!(ask("b", get()).await.unwrap(), json!(null));
    let stale = json!({ "mode": "kv-set", "key": "cursor", "value": "x", "version": "9" });
    assert!(ask("a", stale).await.unwrap_err().message.contains("Conflict"));
    assert_eq!(
        ask("b", json!({ "mode": "kv-delete", "key": "cursor" }))
            .await
            .unwrap(),
        json!(false)
    );
    assert_eq!(
        ask("a", json!({ "mode": "kv-delete", "key": "cursor" }))
            .await
            .unwrap(),
        json!(true)
    );
    for (params, message) in [
        (json!({ "mode": "kv-get", "key": "" }), "1 to 512 bytes"),
        (
            json!({ "mode": "kv-get", "key": "k".repeat(513) }),
            "1 to 512 bytes",
        ),
        (json!({ "mode": "kv-get", "key": "a\u{0}b" }), "control"),
        (
            json!({ "mode": "kv-set", "key": "large", "size": 300_000 }),
            "at most 262144",
        ),
        (json!({ "mode": "kv-get", "key": "broken" }), "the store is away"),
    ] {
        let error = ask("a", params).await.unwrap_err();
        assert_eq!(error.code.as_str(), "refused");
        assert!(error.message.contains(message), "{}", error.message);
    }
}

#[tokio::test]
async fn scopes_are_those_that_were_granted() {
    let store = Arc::new(MemoryKv::default());
    let ask = async |namespace: &str, params: Value| {
        let outcome = call_with(params, kv(&store, namespace), &budget()).await;
        outcome.result.map(|emitted| {
            let EmittedItem::Created { json, .. } = &emitted.ports[0].items[0] else {
                panic!()
            };
            json.to_value().unwrap()
        })
    };
    let get = |scope: &str| json!({ "mode": "kv-get", "key": "k", "scope": scope });
    let set = json!({ "mode": "kv-set", "key": "k", "value": "x", "scope": "tenant" });
    ask("a", set).await.unwrap();
    assert_eq!(ask("a", get("node")).await.unwrap(), json!(null));
    assert_eq!(ask("a", get("tenant")).await.unwrap()["value"], "x");
    assert_eq!(ask("b", get("tenant")).await.unwrap()["value"], "x");
    let denied = ask("a", get("workflow")).await.unwrap_err();
    assert!(
        denied.message.contains("`workflow` is not granted"),
        "{}",
        denied.message
    );
}

#[tokio::test]
async fn a_power_without_a_grant_is_denied_by_name() {
    for (params, capability) in [
        (json!({ "mode": "kv-get", "key": "k" }), "kv:"),
        (json!({ "mode": "placeholder", "slot": "api" }), "credentials:"),
        (json!({ "mode": "sign", "slot": "api" }), "credentials:"),
        (
            json!({ "mode": "http", "url": "http://192.0.2.1/x" }),
            "http: http://192.0.2.1",
        ),
        (json!({ "mode": "denied-then-panic" }), "kv:"),
    ] {
        let error = refused(params.clone()).await;
        assert_code(&error, "denied", capability);
        assert!(!error.retryable);
    }
    // A node that copes is not punished.
    assert_eq!(ask(json!({ "mode": "denied-then-fine" })).await, json!("fine"));
}

#[tokio::test]
async fn a_declared_slot_without_a_credential_is_missing() {
    let slots = CredentialPower {
        slots: vec!["api".into()],
    };
    let ask = async |slot: &str| {
        let powers = Powers {
            credentials: Some(slots.clone()),
            ..powers()
        };
        let params = json!({ "mode": "placeholder", "slot": slot });
        call_with(params, powers, &budget()).await.result.unwrap_err()
    };
    let missing = ask("api").await;
    assert_eq!(missing.code.as_str(), "refused");
    assert!(
        missing.message.contains("no credential is chosen for `api`"),
        "{}",
        missing.message
    );
    assert_code(&ask("other").await, "denied", "declares no credential `other`");
}

#[tokio::test]
async fn log_lines_arrive_escaped() {
    let (sink, mut notes) = tokio::sync::mpsc::channel(10);
    let powers = Powers {
        notes: Some(sink),
        ..powers()
    };
    let params = json!({ "mode": "log", "lines": ["plain", "two\nlines\u{1b}[2J"] });
    call_with(params, powers, &budget()).await.result.unwrap();
    let line = |message: &str| Note::Log {
        level: Level::Warn,
        message: message.into(),
    };
    assert_eq!(notes.recv().await, Some(line("plain")));
    assert_eq!(notes.recv().await, Some(line("two\\nlines\\u{1b}[2J")));
    assert_eq!(notes.recv().await, None);
}

/// Objects by key.
#[derive(Default, Clone)]
struct MemoryBlobs(Arc<Mutex<HashMap<String, Bytes>>>);

struct MemoryWriter(MemoryBlobs, Vec<u8>);

impl BlobStore for MemoryBlobs {
    fn read<'a>(
        &'a self,
        object: &'a str,
        offset: u64,
        limit: usize,
    ) -> BoxFuture<'a, Result<Bytes, BlobError>> {
        async move {
            let objects = self.0.lock().unwrap();
            let bytes = objects.get(object).ok_or_else(|| BlobError("gone".into()))?;
            let start = (offset as usize).min(bytes.len());
            Ok(bytes.slice(start..(start + limit).min(bytes.len())))
        }
        .boxed()
    }

    fn create(&self) -> BoxFuture<'_, Result<Box<dyn BlobWriter>, BlobError>> {
        async move { Ok(Box::new(MemoryWriter(self.clone(), Vec::new())) as Box<dyn BlobWriter>) }.boxed()
    }
}

impl BlobWriter for MemoryWriter {
    fn write(&mut self, piece: Bytes) -> BoxFuture<'_, Result<(), BlobError>> {
        self.1.extend_from_slice(&piece);
        async { Ok(()) }.boxed()
    }

    fn finish(self: Box<Self>) -> BoxFuture<'static, Result<StoredBlob, BlobError>> {
        async move {
            let mut objects = self.0.0.lock().unwrap();
            let object = format!("new-{}", objects.len());
            let size = self.1.len() as u64;
            objects.insert(object.clone(), self.1.into());
            Ok(StoredBlob {
                object: object.into(),
                size,
            })
        }
        .boxed()
    }
}

fn blobs() -> (MemoryBlobs, Powers) {
    let store = MemoryBlobs::default();
    store
        .0
        .lock()
        .unwrap()
        .insert("secret".into(), Bytes::from_static(b"another tenant's"));
    store
        .0
        .lock()
        .unwrap()
        .insert("mine".into(), Bytes::from_static(b"hello, binary world"));
    let inputs = vec![StoredBlob {
        object: "mine".into(),
        size: 19,
    }];
    let power = BlobPower {
        store: Arc::new(store.clone()),
        inputs,
    };
    (
        store,
        Powers {
            blobs: Some(power),
            ..powers()
        },
    )
}

#[tokio::test]
async fn binary_data_is_read_and_written_in_pieces() {
    let (store, powers) = blobs();
    let binary = [Attachment {
        name: "data",
        blob: 0,
        media_type: "text/plain",
        file_name: Some("a.txt"),
    }];
    let items = [Item {
        json: "{}",
        binary: &binary,
    }];
    let inputs = [Input {
        port: "in",
        items: &items,
    }];
    let params = json!({ "mode": "blob-copy" }).to_string();
    let call = Call {
        params: Params::Shared(&params),
        inputs: &inputs,
        context: context(),
        ports: &["out"],
    };
    let emitted = sandbox()
        .call(probe().await, call, powers, &budget())
        .await
        .result
        .unwrap();
    let EmittedItem::Created { binary, .. } = &emitted.ports[0].items[0] else {
        panic!("{emitted:?}")
    };
    assert_eq!(
        (binary[0].name.as_str(), binary[0].file_name.as_deref()),
        ("copy", Some("a.txt"))
    );
    assert_eq!(binary[0].blob.size, 19);
    assert_eq!(
        store.0.lock().unwrap()[&*binary[0].blob.object],
        "HELLO, BINARY WORLD"
    );
}

#[tokio::test]
async fn only_what_the_host_gave_can_be_named() {
    let (_, powers) = blobs();
    let sizes = call_with(json!({ "mode": "blob-sizes", "count": 4 }), powers, &budget()).await;
    assert_eq!(said(&sizes), json!([19.0, null, null, null]));
}

#[tokio::test]
async fn blobs_have_limits() {
    for (params, message) in [
        (json!({ "mode": "blob-open", "count": 100 }), "at most 64"),
        (
            json!({ "mode": "blob-write", "size": (1 << 20) + 1 }),
            "in one piece",
        ),
        (
            json!({ "mode": "blob-write", "size": 1 << 20, "count": 300 }),
            "more bytes",
        ),
    ] {
        let (store, powers) = blobs();
        let error = call_with(params, powers, &budget()).await.result.unwrap_err();
        assert!(error.message.contains(message), "{}", error.message);
        assert_eq!(
            store.0.lock().unwrap().len(),
            2,
            "an unfinished writer left something"
        );
    }
}

#[tokio::test]
async fn a_file_may_come_in_many_small_pieces_but_not_in_a_flood_of_them() {
    let (_, powers) = blobs();
    let params = json!({ "mode": "blob-write", "size": 10, "count": 20_000 });
    let written = call_with(params, powers, &budget()).await;
    assert_eq!(said(&written), json!("written"));
    let (_, powers) = blobs();
    let params = json!({ "mode": "blob-write", "size": 1, "count": 1_000_000 });
    let error = call_with(params, powers, &budget()).await.result.unwrap_err();
    assert_code(&error, "host-calls", "200000 calls");
}

#[tokio::test]
async fn a_call_makes_no_more_binary_data_than_its_budget() {
    for (bytes, enough) in [(2 << 20, true), ((2 << 20) - 1, false)] {
        let (_, powers) = blobs();
        let params = json!({ "mode": "blob-write", "size": 1 << 20, "count": 2 });
        let budget = Budget {
            blob_bytes: bytes,
            ..budget()
        };
        assert_eq!(call_with(params, powers, &budget).await.result.is_ok(), enough);
    }
}

#[tokio::test]
async fn a_file_name_is_not_a_path() {
    for (params, message) in [
        (
            json!({ "mode": "attachment", "fileName": "../../etc/passwd" }),
            "directory",
        ),
        (json!({ "mode": "attachment", "fileName": "" }), "attachment"),
        (
            json!({ "mode": "attachment", "mediaType": "text/plain\r\nx: y" }),
            "attachment",
        ),
        (
            json!({ "mode": "attachment", "name": "n".repeat(300) }),
            "attachment",
        ),
        (
            json!({ "mode": "attachment", "twice": true }),
            "two attachments `data`",
        ),
    ] {
        let (_, powers) = blobs();
        let error = call_with(params, powers, &budget()).await.result.unwrap_err();
        assert_code(&error, "invalid-output", message);
    }
}
