use std::cell::Cell;
use std::sync::Arc;
use std::time::Duration;

use wasmtime_wasi::{HostMonotonicClock, HostWallClock};

/// Always shows when the run started, so that a pure node sees the same time whenever it is called again.
pub(crate) struct RunClock(pub(crate) Duration);

impl HostWallClock for RunClock {
    fn resolution(&self) -> Duration {
        Duration::from_millis(1)
    }

    fn now(&self) -> Duration {
        self.0
    }
}

/// The time since 1970-01-01T00:00:00Z, as the host knows it.
pub type RealClock = Arc<dyn Fn() -> Duration + Send + Sync>;

/// Shows what the host's own clock shows.
pub(crate) struct HostClock(pub(crate) RealClock);

impl HostWallClock for HostClock {
    fn resolution(&self) -> Duration {
        Duration::from_millis(1)
    }

    fn now(&self) -> Duration {
        (self.0)()
    }
}

/// Moves on by a microsecond with each look, so that it tells nothing about the host and a guest that waits for it to
/// move does not wait for ever.
#[derive(Default)]
pub(crate) struct CountingClock(Cell<u64>);

impl HostMonotonicClock for CountingClock {
    fn resolution(&self) -> u64 {
        1_000
    }

    fn now(&self) -> u64 {
        let now = self.0.get() + 1_000;
        self.0.set(now);
        now
    }
}
