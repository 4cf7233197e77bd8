use std::collections::HashMap;
use std::time::Duration;

use jiff::Timestamp;
use monshyflow_engine::{AfterFailure, Event, Place, Run, RunStatus};

/// When things happened in a run: what its state does not say, since the engine knows no time.
#[derive(Debug, Clone, Default)]
pub struct Past {
    /// How long it worked until its last event: from its start on, without the times in which it only waited.
    pub worked: Duration,
    pub last_at: Option<Timestamp>,
    /// When the attempts failed that others follow.
    pub failed_at: HashMap<Place, Timestamp>,
}

impl Past {
    /// The time up to the next event passed while the run was as it is. A clock that was set back adds nothing.
    pub(crate) fn went_on(&mut self, run: &Run, at: Option<Timestamp>) {
        if run.status() == RunStatus::Running
            && let (Some(at), Some(last)) = (at, self.last_at)
        {
            self.worked += Duration::try_from(at.duration_since(last)).unwrap_or_default();
        }
        self.last_at = at.or(self.last_at);
    }

    pub(crate) fn heard(&mut self, event: &Event, at: Option<Timestamp>) {
        match (event, at) {
            (
                Event::StepFailed {
                    step,
                    then: AfterFailure::Retry { .. },
                    ..
                },
                Some(at),
            ) => {
                self.failed_at.insert(step.place(), at);
            }
            (Event::StepStarted { step }, _) => {
                self.failed_at.remove(&step.place());
            }
            _ => {}
        }
    }
}
