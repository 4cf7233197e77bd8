//! A folder with a store and an object store, and the processes that come and go over it.

use jiff::Timestamp;
use monshyflow_clock::{Clock, ManualClock};
use monshyflow_ids::{TenantId, WorkflowId};
use monshyflow_items::{Item, ItemList, Json};
use monshyflow_journal::{Journal, NewRun};
use monshyflow_store::{Durability, Objects, Options, Store};
use serde_json::{Value, json};
use tempfile::TempDir;

pub(crate) struct House {
    pub(crate) folder: TempDir,
    pub(crate) store: Store,
    pub(crate) time: ManualClock,
}

impl House {
    pub(crate) async fn new() -> Self {
        Self::of_size(1 << 40).await
    }

    /// With room for so many bytes of documents and logs.
    pub(crate) async fn of_size(bytes: u64) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let options = Options {
            durability: Durability::Process,
            max_file: Some(bytes),
            ..Options::new(Journal::COLLECTIONS, Journal::LOGS)
        };
        let store = Store::open(&format!("sqlite://{}/test.db", folder.path().display()), options)
            .await
            .unwrap();
        let time = ManualClock::starting_at("2026-01-01T00:00:00Z".parse::<Timestamp>().unwrap());
        Self { folder, store, time }
    }

    /// What a new process has.
    pub(crate) fn journal(&self) -> Journal {
        let objects = Objects::open_folder(&self.folder.path().join("objects")).unwrap();
        Journal::new(self.store.clone(), objects, self.clock(), self.clock().id())
    }

    pub(crate) fn clock(&self) -> Clock {
        Clock::Manual(self.time.clone())
    }

    pub(crate) fn new_run(&self) -> NewRun {
        NewRun {
            id: self.clock().id(),
            workflow_id: workflow_id(1),
            workflow_version: Some(3),
            document: "somewhere".to_owned(),
            trigger: "manual".to_owned(),
            idempotency_key: None,
            singleton_key: None,
            options: Value::Null,
        }
    }
}

pub(crate) fn workflow_id(number: u64) -> WorkflowId {
    WorkflowId::at(number, [0; 10])
}

pub(crate) fn acme() -> TenantId {
    tenant("acme")
}

pub(crate) fn tenant(name: &str) -> TenantId {
    name.parse().unwrap()
}

/// A list of `count` items with a text of `size` bytes each.
pub(crate) fn list(count: usize, size: usize) -> ItemList {
    let item = |number: usize| Item::new(Json::from_value(&json!({"n": number, "text": "x".repeat(size)})));
    ItemList::from_items((0..count).map(item).collect())
}
