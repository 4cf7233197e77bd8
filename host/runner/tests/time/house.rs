//! A runner with the real store, sandbox and nodes, and a clock that only the test moves.

use std::path::PathBuf;
use std::sync::OnceLock;
use std::time::{Duration, Instant};

use jiff::Timestamp;
use monshyflow_catalog::Catalog;
use monshyflow_clock::{Clock, ManualClock};
use monshyflow_ids::{RunId, TenantId, WorkflowId};
use monshyflow_journal::Journal;
use monshyflow_runner::{Config, Limits, RunView, Runner, StartRequest, StepView};
use monshyflow_sandbox::{CompileChild, Evaluator, Sandbox};
use monshyflow_store::{Durability, Objects, Options, Store};
use serde_json::Value;
use serde_json::value::RawValue;
use tempfile::TempDir;

/// As the first argument: be the process that compiles a component.
pub(crate) const COMPILE: &str = "compile-component";
/// Two minutes before a leap day.
pub(crate) const START: &str = "2028-02-28T23:58:00Z";
pub(crate) const HOUR: Duration = Duration::from_secs(3_600);
pub(crate) const DAY: Duration = Duration::from_secs(86_400);
pub(crate) const YEAR: Duration = Duration::from_secs(365 * 86_400);

const NODES: [&str; 10] = [
    "approval",
    "execute-workflow",
    "execute-workflow-trigger",
    "for-each",
    "http-request",
    "loop-batches",
    "manual-trigger",
    "no-op",
    "set",
    "wait",
];
/// Of real time, for what must happen.
pub(crate) const PATIENCE: Duration = Duration::from_secs(60);
/// Of real time, for what must not happen.
pub(crate) const MOMENT: Duration = Duration::from_millis(30);

pub(crate) struct House {
    pub(crate) runner: Runner,
    pub(crate) journal: Journal,
    pub(crate) catalog: Catalog,
    pub(crate) time: ManualClock,
    store: Store,
    objects: Objects,
    internal: Vec<String>,
    limits: Limits,
    folder: TempDir,
}

pub(crate) fn tenant() -> TenantId {
    "local".parse().unwrap()
}

pub(crate) fn other_tenant() -> TenantId {
    "other".parse().unwrap()
}

fn sandbox() -> &'static Sandbox {
    static SANDBOX: OnceLock<Sandbox> = OnceLock::new();
    SANDBOX.get_or_init(|| {
        let cache = PathBuf::from(env!("CARGO_TARGET_TMPDIR")).join("components-of-key-7");
        std::fs::create_dir_all(&cache).unwrap();
        Sandbox::new(monshyflow_sandbox::Config {
            cache,
            key: [7; 32],
            compile: CompileChild::this_program(&[COMPILE]).unwrap(),
            calls: 8,
        })
        .unwrap()
    })
}

impl House {
    /// Nodes may reach these internal hosts.
    pub(crate) async fn open(internal: &[String]) -> Self {
        Self::with_limits(internal, Limits::default()).await
    }

    pub(crate) async fn with_limits(internal: &[String], limits: Limits) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let time = ManualClock::starting_at(START.parse().unwrap());
        let clock = Clock::Manual(time.clone());
        let mut collections = Catalog::COLLECTIONS.to_vec();
        collections.extend(Journal::COLLECTIONS);
        collections.extend(Runner::COLLECTIONS);
        let mut options = Options::new(&collections, Journal::LOGS);
        options.durability = Durability::Process;
        let url = format!("sqlite://{}", folder.path().join("store.db").display());
        let store = Store::open(&url, options).await.unwrap();
        let objects = Objects::open_folder(&folder.path().join("objects")).unwrap();
        let catalog = Catalog::new(monshyflow_catalog::Config {
            store: store.clone(),
            objects: objects.clone(),
            sandbox: sandbox().clone(),
            clock: clock.clone(),
        });
        let nodes = folder.path().join("nodes");
        std::fs::create_dir(&nodes).unwrap();
        for name in NODES {
            std::fs::write(nodes.join(format!("{name}.wasm")), monshyflow_testkit::node(name)).unwrap();
        }
        catalog.import_builtins(&nodes).await.unwrap();
        let (journal, runner) = process(&catalog, &store, &objects, &time, (internal, &limits));
        runner.recover().await.unwrap();
        Self {
            runner,
            journal,
            catalog,
            time,
            store,
            objects,
            internal: internal.to_vec(),
            limits,
            folder,
        }
    }

    /// The process lets go of everything where it stands, and another one takes it up.
    pub(crate) async fn reopen(&mut self) {
        self.replace().await;
        self.runner.recover().await.unwrap();
    }

    /// The same without the taking up.
    pub(crate) async fn replace(&mut self) {
        self.runner.shut_down().await;
        (self.journal, self.runner) = process(
            &self.catalog,
            &self.store,
            &self.objects,
            &self.time,
            (&self.internal, &self.limits),
        );
    }

    pub(crate) async fn publish(&self, document: &Value) -> WorkflowId {
        let body = serde_json::to_vec(document).unwrap();
        let draft = self
            .catalog
            .create_workflow(&tenant(), body.into(), None)
            .await
            .unwrap();
        self.catalog
            .publish(&tenant(), draft.id, None, None)
            .await
            .unwrap();
        draft.id
    }

    pub(crate) async fn start(&self, document: &Value) -> RunId {
        let workflow = self.publish(document).await;
        self.start_published(workflow).await
    }

    pub(crate) async fn start_published(&self, workflow: WorkflowId) -> RunId {
        let input = RawValue::from_string("{}".to_owned()).unwrap();
        let request = StartRequest {
            input: Some(input),
            ..StartRequest::default_for(workflow)
        };
        self.runner.start(&tenant(), request).await.unwrap().run
    }

    /// Number of objects that runs left in the object store.
    pub(crate) fn objects_of_runs(&self) -> usize {
        let mut folders = vec![self.folder.path().join("objects").join("tenants")];
        let mut files = 0;
        while let Some(folder) = folders.pop() {
            for entry in std::fs::read_dir(folder).unwrap() {
                let entry = entry.unwrap();
                let segments = entry
                    .path()
                    .components()
                    .any(|part| part.as_os_str() == "segments");
                match entry.file_type().unwrap().is_dir() {
                    true => folders.push(entry.path()),
                    false => files += usize::from(segments),
                }
            }
        }
        files
    }

    pub(crate) fn now(&self) -> Timestamp {
        Clock::Manual(self.time.clone()).now()
    }

    pub(crate) async fn view(&self, run: RunId) -> RunView {
        self.runner.run(&tenant(), run).await.unwrap()
    }

    /// A step of a run outside loops.
    pub(crate) async fn step(&self, run: RunId, id: &str) -> Option<StepView> {
        let steps = self.view(run).await.steps.unwrap();
        steps.into_iter().find(|step| step.id == id)
    }

    pub(crate) async fn until(&self, run: RunId, status: &str) -> RunView {
        let view = self
            .until_it(run, |view| view.status == status || view.finished_at.is_some())
            .await;
        assert_eq!(view.status, status, "{view:?}");
        view
    }

    /// The step is where it is said to be, for the so manieth time.
    pub(crate) async fn until_step(&self, run: RunId, id: &str, status: &str, attempt: u32) {
        let there = |view: &RunView| {
            let mut steps = view.steps.iter().flatten();
            steps.any(|step| step.id == id && step.status == status && step.attempt == attempt)
        };
        let view = self
            .until_it(run, |view| there(view) || view.finished_at.is_some())
            .await;
        assert!(there(&view), "{view:?}");
    }

    async fn until_it(&self, run: RunId, is_there: impl Fn(&RunView) -> bool) -> RunView {
        let started = Instant::now();
        loop {
            let view = self.view(run).await;
            if is_there(&view) {
                return view;
            }
            assert!(started.elapsed() < PATIENCE, "{view:?}");
            tokio::time::sleep(Duration::from_millis(1)).await;
        }
    }

    /// Nothing happens in the run while no time passes.
    pub(crate) async fn nothing_happens(&self, run: RunId) {
        let before = self.journal.events(&tenant(), run, 0).await.unwrap().len();
        tokio::time::sleep(MOMENT).await;
        let after = self.journal.events(&tenant(), run, 0).await.unwrap();
        assert_eq!(after.len(), before, "{:?}", after.last());
    }
}

fn process(
    catalog: &Catalog,
    store: &Store,
    objects: &Objects,
    time: &ManualClock,
    (internal, limits): (&[String], &Limits),
) -> (Journal, Runner) {
    let clock = Clock::Manual(time.clone());
    let journal = Journal::new(store.clone(), objects.clone(), clock.clone(), clock.id());
    let tenants = [tenant(), other_tenant()];
    let rules = internal.iter().flat_map(|host| {
        tenants
            .each_ref()
            .map(|tenant| format!("{tenant}={host}").parse().unwrap())
    });
    let runner = Runner::new(Config {
        catalog: catalog.clone(),
        journal: journal.clone(),
        sandbox: sandbox().clone(),
        evaluator: None::<Evaluator>,
        store: store.clone(),
        objects: objects.clone(),
        clock,
        egress: rules.collect(),
        public_url: "http://localhost".to_owned(),
        mail: None,
        signing_key: [3; 32],
        limits: Limits {
            drain: Duration::ZERO,
            ..limits.clone()
        },
    });
    (journal, runner)
}
