use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::thread::{self, Thread};
use std::time::Duration;

use wasmtime::{Engine, EngineWeak, UpdateDeadline};

/// How often guests are made to give way.
pub(crate) const TICK: Duration = Duration::from_millis(1);
/// Ticks of a call that did not end within its first one, which runs apart from others, between two moments at which the host
/// looks after it.
const TICKS_OF_LONG_CALLS: u64 = 10;

/// The one thread that moves the engine's epoch on, while there are calls; it sleeps when there are none.
#[derive(Debug)]
pub(crate) struct Ticker {
    calls: Arc<AtomicUsize>,
    thread: Thread,
}

/// While it lives, the epoch moves on.
pub(crate) struct Ticking<'a>(&'a Ticker);

/// What one guest does at the ticks.
#[derive(Debug, Default)]
pub(crate) struct Turns(u64);

impl Turns {
    /// Some ticks are for the host's tasks; all are for the kernel, which by itself lets a thread that was woken wait for up to
    /// 4 ms behind one that computes, whatever their priorities.
    pub(crate) fn next(&mut self) -> UpdateDeadline {
        // At the second one it has certainly computed for as long as there is between two.
        let for_tasks = self.0 < 2 || self.0.is_multiple_of(TICKS_OF_LONG_CALLS);
        self.0 += 1;
        if for_tasks {
            // Tokio's own way to give way, so that its timers and other calls get their turn.
            return UpdateDeadline::YieldCustom(1, Box::pin(tokio::task::yield_now()));
        }
        thread::yield_now();
        UpdateDeadline::Continue(1)
    }
}

impl Ticker {
    pub(crate) fn start(engine: &Engine) -> std::io::Result<Self> {
        let calls = Arc::new(AtomicUsize::new(0));
        let (engine, seen) = (engine.weak(), calls.clone());
        let handle = thread::Builder::new()
            .name("epoch".to_owned())
            .spawn(move || tick(&engine, &seen))?;
        Ok(Self {
            calls,
            thread: handle.thread().clone(),
        })
    }

    pub(crate) fn during_call(&self) -> Ticking<'_> {
        if self.calls.fetch_add(1, Ordering::SeqCst) == 0 {
            self.thread.unpark();
        }
        Ticking(self)
    }
}

impl Drop for Ticking<'_> {
    fn drop(&mut self) {
        self.0.calls.fetch_sub(1, Ordering::SeqCst);
    }
}

impl Drop for Ticker {
    fn drop(&mut self) {
        self.thread.unpark();
    }
}

fn tick(engine: &EngineWeak, calls: &AtomicUsize) {
    loop {
        if calls.load(Ordering::SeqCst) == 0 {
            thread::park();
        } else {
            thread::sleep(TICK);
        }
        let Some(engine) = engine.upgrade() else { return };
        engine.increment_epoch();
    }
}
