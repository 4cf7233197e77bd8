use std::collections::VecDeque;
use std::fmt;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use bytes::Bytes;
use monshyflow_capabilities::MemoryLimit;
use tokio::sync::{OwnedSemaphorePermit, Semaphore};
use tokio_util::sync::CancellationToken;
use wasmtime::component::types::ComponentItem;
use wasmtime::component::{Component, Func, InstancePre, Linker, Type};
use wasmtime::{Engine, Store};

use crate::component::{Habits, imported_name};
use crate::precheck::evaluator_check;
use crate::{PublishError, Sandbox};

/// What one evaluation may take.
#[derive(Debug, Clone)]
pub struct EvaluatorLimits {
    /// From the moment there is an instance for it.
    pub wall: Duration,
    pub cpu: Duration,
    /// All linear memories and tables together, in bytes.
    pub memory: usize,
    pub response_bytes: usize,
    /// Ends the evaluation from outside.
    pub cancel: Option<CancellationToken>,
}

impl Default for EvaluatorLimits {
    fn default() -> Self {
        Self {
            wall: Duration::from_secs(60),
            cpu: Duration::from_secs(5),
            memory: 64 << 20,
            response_bytes: 32 << 20,
            cancel: None,
        }
    }
}

/// What came of an evaluation.
#[derive(Debug)]
pub struct Evaluated {
    /// As the component wrote it: not trustworthy.
    pub response: String,
    /// Time on a processor.
    pub guest_cpu: Duration,
    /// Bytes.
    pub peak_memory: u64,
}

/// A component that evaluates expressions and can reach nothing: one function from text to text. Cheap to clone.
#[derive(Clone)]
pub struct Evaluator(pub(crate) Arc<Shared>);

/// The evaluator of one run. Between calls at most what it compiled stays; another run never meets it.
///
/// Instances are made when they are needed, and one that rests may be dropped at any time to make room.
pub struct EvaluatorInstance {
    pub(crate) shared: Arc<Shared>,
    pub(crate) run: u64,
    pub(crate) habits: Habits,
    /// Turns of this run, so that no run takes all instances.
    pub(crate) turns: Semaphore,
}

/// Evaluations of one run at the same time.
const TURNS: usize = 4;

pub(crate) struct Shared {
    pub(crate) sandbox: Sandbox,
    pub(crate) component: InstancePre<MemoryLimit>,
    pub(crate) places: Arc<Semaphore>,
    next_run: AtomicU64,
    resting: Mutex<Resting>,
}

/// Oldest first.
#[derive(Default)]
struct Resting {
    instances: VecDeque<(u64, Live)>,
    /// Evaluations that found no place.
    waiting: usize,
}

/// A store, the function in it, and its place.
pub(crate) struct Live {
    pub(crate) store: Store<MemoryLimit>,
    /// None before the component was instantiated.
    pub(crate) function: Option<Func>,
    pub(crate) _place: OwnedSemaphorePermit,
}

impl Sandbox {
    /// Makes an evaluator ready, as `load` does for nodes. It must export `evaluate: func(request: string) -> string` and
    /// import nothing.
    ///
    /// # Errors
    ///
    /// If the component is at fault, and then every time; or if the host is, see `PublishError::is_host_fault`.
    pub async fn load_evaluator(&self, wasm: Bytes) -> Result<Evaluator, PublishError> {
        let (_, component) = self.compiled(wasm, evaluator_check).await?;
        if !evaluates(&component, &self.0.engine) {
            let message = "it exports no function `evaluate: func(request: string) -> string`";
            return Err(PublishError::WrongWorld(message.to_owned()));
        }
        let linked = Linker::new(&self.0.engine)
            .instantiate_pre(&component)
            .map_err(|error| PublishError::UnknownImport {
                name: imported_name(&error.to_string()),
                reason: ": an evaluator may import nothing".to_owned(),
            })?;
        Ok(Evaluator(Arc::new(Shared {
            sandbox: self.clone(),
            component: linked,
            places: Arc::new(Semaphore::new(self.0.evaluators)),
            next_run: AtomicU64::new(0),
            resting: Mutex::default(),
        })))
    }
}

fn evaluates(component: &Component, engine: &Engine) -> bool {
    let is_text = |kind: &Type| matches!(kind, Type::String);
    match component
        .component_type()
        .get_export(engine, "evaluate")
        .map(|export| export.ty)
    {
        Some(ComponentItem::ComponentFunc(function)) => {
            let (params, results): (Vec<_>, Vec<_>) =
                (function.params().collect(), function.results().collect());
            matches!(params.as_slice(), [(_, kind)] if is_text(kind))
                && matches!(results.as_slice(), [kind] if is_text(kind))
        }
        _ => false,
    }
}

impl Evaluator {
    /// For one run, or one preview. Costs nothing until it is used.
    pub fn start(&self) -> EvaluatorInstance {
        EvaluatorInstance {
            shared: self.0.clone(),
            run: self.0.next_run.fetch_add(1, Ordering::Relaxed),
            habits: Habits::default(),
            turns: Semaphore::new(TURNS),
        }
    }

    /// Instances that rest, for tests and metrics.
    pub fn resting(&self) -> usize {
        self.0.resting().instances.len()
    }
}

impl Drop for EvaluatorInstance {
    fn drop(&mut self) {
        let mut resting = self.shared.resting();
        let mut mine = Vec::new();
        while let Some(at) = resting.instances.iter().position(|(run, _)| *run == self.run) {
            mine.extend(resting.instances.remove(at));
        }
        // Giving memory back takes its time.
        drop(resting);
    }
}

impl Shared {
    fn resting(&self) -> MutexGuard<'_, Resting> {
        self.resting.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// One that this run left.
    pub(crate) fn take(&self, run: u64) -> Option<Live> {
        let mut resting = self.resting();
        let at = resting.instances.iter().position(|(owner, _)| *owner == run)?;
        resting.instances.remove(at).map(|(_, live)| live)
    }

    /// A place for a new instance; another run's resting one makes way if need be.
    pub(crate) async fn place(&self) -> Option<OwnedSemaphorePermit> {
        if let Ok(place) = self.places.clone().try_acquire_owned() {
            return Some(place);
        }
        let _waiting = self.wait();
        self.places.clone().acquire_owned().await.ok()
    }

    fn wait(&self) -> Waiting<'_> {
        let mut resting = self.resting();
        resting.waiting += 1;
        let oldest = resting.instances.pop_front();
        drop(resting);
        drop(oldest);
        Waiting(self)
    }

    pub(crate) fn rest(&self, run: u64, live: Live) {
        let mut resting = self.resting();
        if resting.waiting == 0 {
            resting.instances.push_back((run, live));
            return;
        }
        drop(resting);
        drop(live);
    }
}

/// Counted as long as somebody waits, even if nobody asks any more.
struct Waiting<'a>(&'a Shared);

impl Drop for Waiting<'_> {
    fn drop(&mut self) {
        self.0.resting().waiting -= 1;
    }
}

impl fmt::Debug for Evaluator {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Evaluator")
            .field("resting", &self.resting())
            .finish_non_exhaustive()
    }
}

impl fmt::Debug for EvaluatorInstance {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("EvaluatorInstance")
            .field("run", &self.run)
            .finish_non_exhaustive()
    }
}
