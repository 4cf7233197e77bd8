use rayon_core::{ThreadPool, ThreadPoolBuildError, ThreadPoolBuilder};
use tokio::runtime::{Handle, RuntimeFlavor};
use tokio::sync::{AcquireError, Semaphore, SemaphorePermit};

use crate::priority::stand_back;

/// Threads for calls that compute for long, of lower priority than those that everything else happens on.
#[derive(Debug)]
pub(crate) struct Lanes {
    places: Semaphore,
    threads: ThreadPool,
}

impl Lanes {
    /// As many as can compute at the same time.
    pub(crate) fn new() -> Result<Self, ThreadPoolBuildError> {
        Self::of(std::thread::available_parallelism().map_or(2, usize::from))
    }

    pub(crate) fn of(count: usize) -> Result<Self, ThreadPoolBuildError> {
        let threads = ThreadPoolBuilder::new()
            .num_threads(count)
            .thread_name(|lane| format!("long-calls-{lane}"))
            .start_handler(|_| stand_back())
            .build()?;
        Ok(Self {
            places: Semaphore::new(count),
            threads,
        })
    }

    pub(crate) async fn place(&self) -> Result<SemaphorePermit<'_>, AcquireError> {
        self.places.acquire().await
    }

    /// Does work in a lane and waits for it. Tasks that are to be polled by this thread are polled by another one meanwhile.
    pub(crate) fn run<T: Send>(&self, work: impl FnOnce() -> T + Send) -> T {
        let Ok(runtime) = Handle::try_current() else {
            return work();
        };
        let in_lane = || {
            self.threads.install(|| {
                let _entered = runtime.enter();
                work()
            })
        };
        match runtime.runtime_flavor() {
            RuntimeFlavor::MultiThread => tokio::task::block_in_place(in_lane),
            _ => in_lane(),
        }
    }
}
