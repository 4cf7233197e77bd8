//! Who waits for what within this process. Nothing here is history; it only says when to read it again.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};

use monshyflow_ids::{RunId, TenantId, WorkflowId};
use tokio::sync::{broadcast, watch};

use crate::Status;

/// Notices that may wait for a slow reader.
const BACKLOG: usize = 1_024;

type RunKey = (TenantId, RunId);

/// Something about the runs of a tenant.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Notice {
    Run(RunNotice),
    /// The reader was too slow and missed some; it should read the list of runs again.
    Missed(u64),
}

/// A run started (status `running`) or ended (any terminal status), and this is durable.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RunNotice {
    pub run: RunId,
    pub workflow_id: WorkflowId,
    pub status: Status,
}

#[derive(Debug, Default)]
pub(crate) struct Live {
    runs: Mutex<HashMap<RunKey, Arc<watch::Sender<u64>>>>,
    tenants: Mutex<HashMap<TenantId, broadcast::Sender<RunNotice>>>,
}

/// A place at a run, for its writer and its readers.
#[derive(Debug)]
pub(crate) struct Watched {
    live: Arc<Live>,
    key: RunKey,
    changes: Arc<watch::Sender<u64>>,
}

impl Live {
    pub(crate) fn watch(self: &Arc<Self>, tenant: &TenantId, run: RunId) -> Watched {
        let key = (tenant.clone(), run);
        let mut runs = self.runs.lock().unwrap_or_else(PoisonError::into_inner);
        let changes = runs
            .entry(key.clone())
            .or_insert_with(|| Arc::new(watch::Sender::new(0)))
            .clone();
        Watched {
            live: self.clone(),
            key,
            changes,
        }
    }

    pub(crate) fn announce(&self, tenant: &TenantId, notice: RunNotice) {
        let mut tenants = self.tenants.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(readers) = tenants.get(tenant)
            && readers.send(notice).is_err()
        {
            // The last reader left.
            tenants.remove(tenant);
        }
    }

    pub(crate) fn notices(&self, tenant: &TenantId) -> broadcast::Receiver<RunNotice> {
        let mut tenants = self.tenants.lock().unwrap_or_else(PoisonError::into_inner);
        tenants
            .entry(tenant.clone())
            .or_insert_with(|| broadcast::Sender::new(BACKLOG))
            .subscribe()
    }
}

impl Watched {
    /// There is more to read.
    pub(crate) fn changed(&self) {
        self.changes.send_modify(|count| *count += 1);
    }

    pub(crate) fn reader(&self) -> watch::Receiver<u64> {
        self.changes.subscribe()
    }
}

impl Drop for Watched {
    fn drop(&mut self) {
        let mut runs = self.live.runs.lock().unwrap_or_else(PoisonError::into_inner);
        // The map's and this one.
        if Arc::strong_count(&self.changes) <= 2 {
            runs.remove(&self.key);
        }
    }
}
