use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::thread::{self, Thread};
use std::time::Duration;

use wasmtime::{Engine, EngineWeak};

/// How often guests are made to give way.
pub(crate) const TICK: Duration = Duration::from_millis(2);

/// The one thread that moves the engine's epoch on, while there are calls; it sleeps when there are none.
#[derive(Debug)]
pub(crate) struct Ticker {
    calls: Arc<AtomicUsize>,
    thread: Thread,
}

/// While it lives, the epoch moves on.
pub(crate) struct Ticking<'a>(&'a Ticker);

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
