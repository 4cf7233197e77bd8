use std::collections::{BTreeMap, HashMap};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use monshyflow_capabilities::mail::Relay;
use monshyflow_catalog::{Catalog, Graph};
use monshyflow_clock::Clock;
use monshyflow_engine::Run;
use monshyflow_ids::{RunId, TenantId};
use monshyflow_journal::Journal;
use monshyflow_sandbox::{Evaluator, Sandbox};
use monshyflow_store::{Collection, Objects, Store};
use tokio::sync::{mpsc, watch};
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;

use crate::alarm::Alarm;
use crate::drive::Command;
use crate::egress::{EgressOfTenants, EgressRule};
use crate::flow::Gates;
use crate::hold::{Heard, Stop};
use crate::kv_store::KV;

/// What a runner is made of.
#[derive(Debug)]
pub struct Config {
    pub catalog: Catalog,
    pub journal: Journal,
    pub sandbox: Sandbox,
    /// Evaluates expressions that are JavaScript; without it they fail.
    pub evaluator: Option<Evaluator>,
    pub store: Store,
    pub objects: Objects,
    pub clock: Clock,
    /// The operator's exceptions to the egress policy.
    pub egress: Vec<EgressRule>,
    /// The operator's mail server.
    pub mail: Option<Arc<Relay>>,
    /// Where people and programs outside reach this server, without a slash at the end.
    pub public_url: String,
    /// Signs resume URLs; a secret of this host that outlives it.
    pub signing_key: [u8; 32],
    pub limits: Limits,
}

/// Bounds of one process.
#[derive(Debug, Clone)]
pub struct Limits {
    /// Runs that work at the same time; more are accepted and wait, tenants taking turns.
    pub active_runs: usize,
    /// Of those, runs of one tenant.
    pub tenant_runs: usize,
    /// Bytes of items that a run keeps in memory; the rest is in the object store.
    pub run_memory: u64,
    /// Bytes of one body of a request or response of a node, and of all binary data that one call makes. They are on disk or on
    /// their way, not in memory.
    pub file_bytes: u64,
    /// Wall time of a run whose workflow sets none.
    pub run_timeout: Duration,
    /// Wall time of a step whose node sets none.
    pub step_timeout: Duration,
    /// Bytes of items that a node gets which takes everything at once.
    pub all_at_once: u64,
    /// Time that runs have to end by themselves when the process goes down.
    pub drain: Duration,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            active_runs: 1_024,
            tenant_runs: 512,
            run_memory: 64 << 20,
            file_bytes: 1 << 30,
            run_timeout: Duration::from_secs(3_600),
            step_timeout: Duration::from_secs(60),
            all_at_once: 24 << 20,
            drain: Duration::from_secs(5),
        }
    }
}

/// Starts runs and drives them to their end. Cheap to clone.
#[derive(Debug, Clone)]
pub struct Runner(pub(crate) Arc<Shared>);

#[derive(Debug)]
pub(crate) struct Shared {
    pub(crate) catalog: Catalog,
    pub(crate) journal: Journal,
    pub(crate) sandbox: Sandbox,
    pub(crate) evaluator: Option<Evaluator>,
    pub(crate) store: Store,
    pub(crate) objects: Objects,
    pub(crate) clock: Clock,
    pub(crate) egress: EgressOfTenants,
    pub(crate) mail: Option<Arc<Relay>>,
    pub(crate) alarm: Alarm,
    pub(crate) public_url: String,
    pub(crate) signing_key: [u8; 32],
    pub(crate) limits: Limits,
    /// Which of the runs that are held work.
    pub(crate) gates: Gates,
    active: Mutex<HashMap<RunId, Active>>,
    pub(crate) tasks: TaskTracker,
    /// No new runs.
    pub(crate) closing: CancellationToken,
    /// Let go of every run where it stands.
    pub(crate) abandon: CancellationToken,
}

/// A run that this process drives.
#[derive(Debug, Clone)]
pub(crate) struct Active {
    pub(crate) tenant: TenantId,
    pub(crate) commands: mpsc::Sender<Command>,
    /// Ends it, also while it is queued.
    pub(crate) stop: Stop,
    /// Closed without an end, the run was let go.
    pub(crate) heard: watch::Receiver<Heard>,
}

impl Runner {
    /// For `Store::open`.
    pub const COLLECTIONS: [&'static Collection; 1] = [&KV];

    pub fn new(config: Config) -> Self {
        Self(Arc::new(Shared {
            catalog: config.catalog,
            journal: config.journal,
            sandbox: config.sandbox,
            evaluator: config.evaluator,
            store: config.store,
            objects: config.objects,
            gates: Gates::new(&config.limits, &config.clock),
            clock: config.clock,
            egress: EgressOfTenants::new(config.egress, config.limits.file_bytes),
            mail: config.mail,
            alarm: Alarm::default(),
            public_url: config.public_url,
            signing_key: config.signing_key,
            limits: config.limits,
            active: Mutex::default(),
            tasks: TaskTracker::new(),
            closing: CancellationToken::new(),
            abandon: CancellationToken::new(),
        }))
    }

    /// Whether runs that wait are woken at their time: from some moment of `recover` on.
    pub fn is_watching(&self) -> bool {
        self.0.alarm.is_watching()
    }

    /// From now on nothing starts; runs go on.
    pub fn stop_accepting(&self) {
        self.0.closing.cancel();
    }

    /// Lets runs end by themselves for a while, then lets go of them; another process goes on with them.
    pub async fn shut_down(&self) {
        self.stop_accepting();
        self.0.tasks.close();
        if tokio::time::timeout(self.0.limits.drain, self.0.tasks.wait())
            .await
            .is_err()
        {
            self.0.abandon.cancel();
            self.0.tasks.wait().await;
        }
    }

    /// Names of a run's nodes by id.
    pub async fn node_names(
        &self,
        tenant: &TenantId,
        run: RunId,
    ) -> Result<BTreeMap<String, String>, crate::Error> {
        let graph = self.graph_of(tenant, run).await?;
        Ok(graph
            .workflow
            .nodes
            .iter()
            .map(|node| (node.id.clone(), node.name.clone()))
            .collect())
    }
}

impl Shared {
    pub(crate) fn active(&self) -> MutexGuard<'_, HashMap<RunId, Active>> {
        self.active.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Bytes of items that the run holds and that the object store has too.
    pub(crate) fn memory_of(&self, run: &Run, graph: &Graph) -> u64 {
        let outputs = graph.workflow.indices().filter_map(|node| run.outputs(node));
        let segments = outputs.flatten().flat_map(|(_, items)| items.segments());
        let held = segments.filter(|segment| segment.object().is_some() && segment.items().is_some());
        held.map(monshyflow_items::Segment::size).sum()
    }
}
