use std::fmt;
use std::path::PathBuf;
use std::sync::Arc;

use monshyflow_capabilities::CallState;
use tokio::sync::Semaphore;
use wasmtime::Engine;
use wasmtime::component::Linker;

use crate::CompileChild;
use crate::cache::Cache;
use crate::compile::Compiler;
use crate::engine::{self, Allocation, Effort};
use crate::lanes::Lanes;
use crate::ticker::Ticker;

pub struct Config {
    /// Folder of compiled components. Only the host may write there: an entry is native code.
    pub cache: PathBuf,
    /// Authenticates what is in that folder; a secret of this host.
    pub key: [u8; 32],
    pub compile: CompileChild,
    /// Calls at the same time; more wait.
    pub calls: usize,
}

/// Why there is no sandbox.
#[derive(Debug, thiserror::Error)]
pub enum StartError {
    #[error("cannot use the folder of compiled components {folder}")]
    Cache { folder: PathBuf, source: std::io::Error },
    #[error("cannot start a thread")]
    Thread(#[source] std::io::Error),
    #[error("cannot make an engine for WebAssembly: {0}")]
    Engine(String),
}

/// Where components run. Cheap to clone.
#[derive(Clone)]
pub struct Sandbox(pub(crate) Arc<Inner>);

pub(crate) struct Inner {
    pub(crate) engine: Engine,
    pub(crate) linker: Linker<CallState>,
    pub(crate) cache: Cache,
    pub(crate) compiler: Compiler,
    pub(crate) places: Semaphore,
    /// Instances of an evaluator that may live at the same time, idle ones included.
    pub(crate) evaluators: usize,
    /// For calls that take long, see `Metered`.
    pub(crate) lanes: Lanes,
    pub(crate) ticker: Ticker,
}

impl Sandbox {
    pub fn new(config: Config) -> Result<Self, StartError> {
        let calls = config.calls.clamp(1, MAX_CALLS);
        let evaluators = calls.clamp(MIN_EVALUATORS, MAX_EVALUATORS);
        let engine = start_engine(calls, evaluators)?;
        let mut linker = Linker::new(&engine);
        monshyflow_capabilities::link(&mut linker).map_err(engine_error)?;
        let folder = config.cache.clone();
        let cache = Cache::open(config.cache, config.key, &engine);
        Ok(Self(Arc::new(Inner {
            linker,
            cache: cache.map_err(|source| StartError::Cache { folder, source })?,
            compiler: Compiler::new(config.compile),
            places: Semaphore::new(calls),
            evaluators,
            lanes: Lanes::new().map_err(|error| StartError::Thread(std::io::Error::other(error)))?,
            ticker: Ticker::start(&engine).map_err(StartError::Thread)?,
            engine,
        })))
    }

    /// Calls that could start at once.
    pub fn free_places(&self) -> usize {
        self.0.places.available_permits()
    }
}

/// The pool reserves some 34 GiB of address space for each call: 1,000 calls take a quarter of what x86-64 has.
const MAX_CALLS: usize = 1_000;

/// An idle one holds some memory, and saves its run the making of another.
const MIN_EVALUATORS: usize = 4;
const MAX_EVALUATORS: usize = 32;

fn start_engine(calls: usize, evaluators: usize) -> Result<Engine, StartError> {
    let pool = Allocation::Pool {
        calls: calls as u32,
        evaluators: evaluators as u32,
    };
    engine::build(pool, Effort::Full).or_else(|error| {
        tracing::warn!(%error, "no address space for a pool of instances; calls will be slower");
        engine::build(Allocation::OnDemand, Effort::Full).map_err(engine_error)
    })
}

fn engine_error(error: wasmtime::Error) -> StartError {
    StartError::Engine(format!("{error:#}"))
}

impl fmt::Debug for Sandbox {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Sandbox")
            .field("free_places", &self.free_places())
            .finish_non_exhaustive()
    }
}
