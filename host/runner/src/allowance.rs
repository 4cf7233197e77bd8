use std::time::Duration;

use monshyflow_clock::{Clock, Stopwatch};

/// What is left of the time that a run may take. It stands still while the run only waits.
pub(crate) struct Allowance {
    clock: Clock,
    left: Duration,
    /// Since it works, as long as it does.
    working: Option<Stopwatch>,
}

impl Allowance {
    pub(crate) fn new(clock: Clock, left: Duration) -> Self {
        Self {
            clock,
            left,
            working: None,
        }
    }

    /// To be told whenever that may have changed.
    pub(crate) fn follow(&mut self, works: bool) {
        if works {
            self.working.get_or_insert_with(|| self.clock.stopwatch());
        } else if let Some(worked) = self.working.take() {
            self.left = self.left.saturating_sub(worked.elapsed());
        }
    }

    /// Comes back when nothing is left: never while the run waits.
    pub(crate) async fn used_up(&self) {
        match &self.working {
            Some(worked) => worked.reaches(self.left).await,
            None => std::future::pending().await,
        }
    }
}
