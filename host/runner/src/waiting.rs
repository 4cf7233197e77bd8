//! Steps that wait for something outside, and runs that wait wholly.

use std::time::Duration;

use monshyflow_engine::{Input, ResumedBy, RunStatus, StepId, Wait};
use tokio::sync::mpsc;

use crate::drive::{Command, Drive, retrying};
use crate::inspect::view;
use crate::{Error, RunView};

/// A wait that is over within this time is sat out: letting go of a run and taking it up again costs more.
const SHORT: Duration = Duration::from_secs(2);

impl Drive {
    /// Comes back with `Input::Resumed` as long as this process holds the run.
    pub(crate) fn wait_for(&mut self, step: StepId, wait: Wait) {
        let (until_ms, by) = match &wait {
            Wait::Rounds { .. } => return,
            Wait::Time { until_ms } => (Some(*until_ms), ResumedBy::Time),
            Wait::Signal { until_ms, .. } => (*until_ms, ResumedBy::TimedOut),
            Wait::Children { .. } => return self.wait_for_children(step, wait),
        };
        let Some(until_ms) = until_ms else { return };
        let clock = self.shared.clock.clone();
        self.timers.push(Box::pin(async move {
            clock.sleep_until(until_ms).await;
            Input::Resumed {
                step,
                by,
                items: monshyflow_items::ItemList::default(),
            }
        }));
    }

    /// The time at which somebody must take the run up again, if nothing is left to do until then.
    pub(crate) fn may_let_go(&self, commands: &mpsc::Receiver<Command>) -> Option<Option<u64>> {
        if self.run.status() != RunStatus::Waiting || !commands.is_empty() || self.has_calls() {
            return None;
        }
        let mut wake_at = None;
        for (_, wait) in self.run.waits() {
            let until_ms = match wait {
                Wait::Time { until_ms } => Some(*until_ms),
                Wait::Signal { until_ms, .. } => *until_ms,
                // The runs that it waits for end in this process.
                Wait::Children { .. } | Wait::Rounds { .. } => return None,
            };
            wake_at = match (wake_at, until_ms) {
                (Some(known), Some(until_ms)) => Some(u64::min(known, until_ms)),
                (known, until_ms) => known.or(until_ms),
            };
        }
        let soon = self.shared.clock.millis() + SHORT.as_millis() as u64;
        (wake_at.is_none_or(|wake_at| wake_at > soon)).then_some(wake_at)
    }

    /// Nothing of the run stays in memory but the time at which it goes on.
    pub(crate) async fn let_go(self, wake_at: Option<u64>) -> Result<RunView, Error> {
        retrying(&self.shared, || self.appender.wait(wake_at)).await?;
        let doc = self.appender.doc();
        if let Some(wake_at) = wake_at {
            self.shared.alarm.set(wake_at, &self.facts.tenant, self.facts.run);
        }
        Ok(view(self.facts.run, &doc, Some(&self.facts.graph.workflow)))
    }

    /// What a command means for the run, if anything.
    pub(crate) async fn obey(&mut self, command: Command) -> Result<Option<Input>, Error> {
        match command {
            Command::Cancel => Ok(Some(Input::Cancel)),
            Command::Signal { place, items, heard } => {
                let is_it = |(step, wait): &(StepId, &Wait)| {
                    step.place() == place && matches!(wait, Wait::Signal { .. })
                };
                let step = self.run.waits().find(is_it).map(|(step, _)| step);
                let waits = step.is_some();
                if let Some(step) = step {
                    self.take(Input::Resumed {
                        step,
                        by: ResumedBy::Signal,
                        items,
                    })
                    .await?;
                    // Whoever sent it may forget it once it is durable.
                    retrying(&self.shared, || self.appender.flush()).await?;
                }
                // Nobody may listen any more.
                let _ = heard.send(waits);
                Ok(None)
            }
        }
    }
}
