use std::sync::Arc;

use jiff::Timestamp;
use monshyflow_clock::Clock;
use monshyflow_ids::{RunId, TenantId, WorkerId, WorkflowId};
use monshyflow_store::{BY_ID, Collection, Document, Find, Index, Log, ObjectKey, Objects, Op, Page, Store};

use crate::live::Live;
use crate::run_doc::{AS_LONG_AS_IT_LIVES, HISTORY, RUNS};
use crate::segment_cache::SegmentCache;
use crate::{Error, RunDoc, RunFilter, RunPage};

/// Documents that one call looks at when a filter has no index.
const MOST_LOOKED_AT: usize = 5_000;

/// Run history of all tenants. Cheap to clone.
#[derive(Debug, Clone)]
pub struct Journal {
    pub(crate) store: Store,
    pub(crate) objects: Objects,
    pub(crate) clock: Clock,
    pub(crate) worker: WorkerId,
    /// `None`: this process alone works on runs, so it holds them as long as it lives.
    lease_ms: Option<u32>,
    pub(crate) live: Arc<Live>,
    pub(crate) segments: Arc<SegmentCache>,
}

impl Journal {
    /// For opening the store.
    pub const COLLECTIONS: &'static [&'static Collection] = &[&RUNS];
    /// For opening the store.
    pub const LOGS: &'static [&'static Log] = &[&HISTORY];

    /// For a process that is the only worker. `worker` is a new id in each process.
    pub fn new(store: Store, objects: Objects, clock: Clock, worker: WorkerId) -> Self {
        Self {
            store,
            objects,
            clock,
            worker,
            lease_ms: None,
            live: Arc::new(Live::default()),
            segments: Arc::default(),
        }
    }

    /// For one of many workers: runs are held for so long and must be renewed before.
    #[must_use]
    pub fn with_lease_ms(mut self, lease_ms: u32) -> Self {
        self.lease_ms = Some(lease_ms);
        self
    }

    pub async fn run(&self, tenant: &TenantId, run: RunId) -> Result<RunDoc, Error> {
        Ok(self.run_at_version(tenant, run).await?.0)
    }

    /// Runs, newest first. A page may be shorter than asked for, even empty, and still have a `next`.
    pub async fn runs(&self, tenant: &TenantId, filter: RunFilter) -> Result<RunPage, Error> {
        let limit = if filter.limit == 0 {
            50
        } else {
            filter.limit.min(1_000)
        };
        let mut items = Vec::new();
        let mut cursor = filter.cursor.clone();
        let mut looked_at = 0;
        loop {
            let find = runs_query(&filter).limit(limit - items.len()).after(cursor);
            let page: Page = self.store.find(tenant, find).await?;
            looked_at += page.items.len();
            for document in &page.items {
                let (run, doc) = read_run(document)?;
                if filter
                    .trigger
                    .as_ref()
                    .is_none_or(|trigger| *trigger == doc.trigger)
                {
                    items.push((run, doc));
                }
            }
            cursor = page.next;
            if cursor.is_none() || items.len() >= limit || looked_at >= MOST_LOOKED_AT {
                return Ok(RunPage { items, next: cursor });
            }
        }
    }

    /// The run that this key started in the last 24 hours.
    pub async fn by_idempotency_key(
        &self,
        tenant: &TenantId,
        workflow_id: WorkflowId,
        key: &str,
    ) -> Result<Option<(RunId, RunDoc)>, Error> {
        let found = self.holder_of(tenant, 0, workflow_id, key).await?;
        let Some(document) = found else { return Ok(None) };
        let (run, doc) = read_run(&document)?;
        Ok((!self.key_is_old(&doc)).then_some((run, doc)))
    }

    /// Deletes a run that has ended, with its history and its data.
    pub async fn delete_run(&self, tenant: &TenantId, run: RunId) -> Result<(), Error> {
        let (doc, version) = self.run_at_version(tenant, run).await?;
        if !doc.status.is_terminal() {
            return Err(Error::StillOpen);
        }
        let id = run.to_string();
        // The document first: a log without one is harmless, the other way round is not.
        let ops = vec![
            Op::Delete {
                tenant: tenant.clone(),
                collection: &RUNS,
                id: id.clone(),
                version: Some(version),
            },
            Op::DeleteLog {
                tenant: tenant.clone(),
                log: &HISTORY,
                stream: id,
            },
        ];
        self.store.write(ops).await?;
        self.live.watch(tenant, run).changed();
        self.objects.delete_prefix(&ObjectKey::run(tenant, run)).await?;
        Ok(())
    }

    pub(crate) async fn run_at_version(&self, tenant: &TenantId, run: RunId) -> Result<(RunDoc, u64), Error> {
        let document = self
            .store
            .get(tenant, &RUNS, &run.to_string())
            .await?
            .ok_or(Error::NotFound)?;
        Ok((document.read()?, document.version))
    }

    /// The run that has a key; `unique` is the place of the key's index among the unique ones.
    pub(crate) async fn holder_of(
        &self,
        tenant: &TenantId,
        unique: usize,
        workflow_id: WorkflowId,
        key: &str,
    ) -> Result<Option<Document>, Error> {
        let find = Find::by(&RUNS, RUNS.unique[unique])
            .equals([workflow_id.to_string(), key.to_owned()])
            .limit(1);
        Ok(self.store.find(tenant, find).await?.items.pop())
    }

    pub(crate) fn key_is_old(&self, doc: &RunDoc) -> bool {
        let age = self.now().as_millisecond() - doc.created_at.as_millisecond();
        age >= 24 * 60 * 60 * 1_000
    }

    /// Whole milliseconds, since that is what is stored.
    pub(crate) fn now(&self) -> Timestamp {
        let now = self.clock.now();
        Timestamp::from_millisecond(now.as_millisecond()).unwrap_or(now)
    }

    pub(crate) fn lease_until(&self) -> i64 {
        match self.lease_ms {
            None => AS_LONG_AS_IT_LIVES,
            Some(lease) => self.now().as_millisecond() + i64::from(lease),
        }
    }

    pub(crate) fn is_only_worker(&self) -> bool {
        self.lease_ms.is_none()
    }
}

pub(crate) fn read_run(document: &Document) -> Result<(RunId, RunDoc), Error> {
    let id = document
        .id
        .parse()
        .map_err(|error| Error::Damaged(format!("a run's id: {error}")))?;
    Ok((id, document.read()?))
}

fn runs_query(filter: &RunFilter) -> Find {
    let workflow = filter.workflow_id.map(|id| id.to_string());
    let status = filter.status.map(|status| status.as_str().to_owned());
    let index: Index = match (&workflow, &status) {
        (None, None) => BY_ID,
        (Some(_), None) => RUNS.indexes[0],
        (None, Some(_)) => RUNS.indexes[1],
        (Some(_), Some(_)) => RUNS.indexes[2],
    };
    let find = Find::by(&RUNS, index)
        .equals(workflow.into_iter().chain(status))
        .descending();
    match filter.since {
        // Ids start with the time.
        Some(since) => {
            let millis = u64::try_from(since.as_millisecond()).unwrap_or(0);
            find.at_least(RunId::at(millis, [0; 10]).to_string())
        }
        None => find,
    }
}
