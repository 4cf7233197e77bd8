use rayon_core::{ThreadPool, ThreadPoolBuildError, ThreadPoolBuilder};
use thread_priority::{
    NormalThreadSchedulePolicy, ThreadPriority, ThreadSchedulePolicy, set_thread_priority_and_policy,
    thread_native_id,
};
use tokio::runtime::{Handle, RuntimeFlavor};
use tokio::sync::{AcquireError, Semaphore, SemaphorePermit};

/// Threads for calls that compute for long. They get what the threads that everything else happens on leave of the
/// processors (`SCHED_IDLE`).
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
            .start_handler(|_| {
                // Whoever wakes up takes the processor from them at once; beside threads that are merely nicer it would wait for
                // the end of their slice. Without it long calls are only less polite.
                let idle = ThreadSchedulePolicy::Normal(NormalThreadSchedulePolicy::Idle);
                _ = set_thread_priority_and_policy(thread_native_id(), ThreadPriority::Min, idle);
            })
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
