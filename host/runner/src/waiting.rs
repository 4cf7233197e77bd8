//! Steps that wait for something outside, and runs that wait wholly.

use std::time::Duration;

use futures::FutureExt;
use monshyflow_engine::{Input, ResumedBy, RunStatus, StepId, Wait};

use crate::Error;
use crate::drive::{Command, Drive, retrying};
use crate::hold::{Commands, Driven};

/// What a timer brings.
pub(crate) struct Due {
    call: Option<u32>,
    input: Input,
}

/// A wait that is over within this time is sat out: letting go of a run and taking it up again costs more.
const SHORT: Duration = Duration::from_secs(2);

impl Drive {
    /// Comes back with `Input::Resumed` as long as this process holds the run.
    pub(crate) async fn wait_for(&mut self, step: StepId, wait: Wait) -> Result<(), Error> {
        let (until_ms, by) = match &wait {
            Wait::Rounds { .. } => return Ok(()),
            Wait::Time { until_ms } => (Some(*until_ms), ResumedBy::Time),
            Wait::Signal { until_ms, .. } => (*until_ms, ResumedBy::TimedOut),
            Wait::Children { .. } => {
                // Runs that were begun must be known to whoever ends this one after a crash.
                retrying(&self.shared, || self.appender.flush()).await?;
                self.wait_for_children(step, wait);
                return Ok(());
            }
        };
        let Some(until_ms) = until_ms else { return Ok(()) };
        let clock = self.shared.clock.clone();
        let call = self.run.see().last_call(&step.place()).unwrap_or(0);
        self.due(Some(call), async move {
            clock.sleep_until(until_ms).await;
            Input::Resumed {
                step,
                by,
                items: monshyflow_items::ItemList::default(),
            }
        });
        Ok(())
    }

    /// Comes back with the input later; if it ends the wait that a certain call of a step asked for, that one only, since the
    /// step may wait for something else by then.
    pub(crate) fn due(&mut self, call: Option<u32>, input: impl Future<Output = Input> + Send + 'static) {
        self.timers
            .push(Box::pin(input.map(move |input| Due { call, input })));
    }

    /// Nothing if somebody else ended the wait before.
    pub(crate) fn still_due(&self, due: Due) -> Option<Input> {
        let is_late = match (&due.input, due.call) {
            (Input::Resumed { step, .. }, Some(call)) => {
                self.run.see().last_call(&step.place()) != Some(call)
            }
            _ => false,
        };
        (!is_late).then_some(due.input)
    }

    /// The time at which somebody must take the run up again, if nothing is left to do until then.
    pub(crate) fn may_let_go(&self, commands: &Commands) -> Option<Option<u64>> {
        let run = self.run.see();
        if run.status() != RunStatus::Waiting || !commands.is_empty() || self.has_calls() {
            return None;
        }
        let mut wake_at = None;
        for (_, wait) in run.waits() {
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
    pub(crate) async fn let_go(self, wake_at: Option<u64>) -> Result<Driven, Error> {
        retrying(&self.shared, || self.appender.wait(wake_at)).await?;
        Ok(Driven::Rests { wake_at })
    }

    /// What a command means for the run, if anything.
    pub(crate) async fn obey(&mut self, command: Command) -> Result<Option<Input>, Error> {
        match command {
            Command::Cancel { reason } => Ok(Some(Input::Cancel { reason })),
            Command::Signal { place, items, heard } => {
                let is_it = |(step, wait): &(StepId, &Wait)| {
                    step.place() == place && matches!(wait, Wait::Signal { .. })
                };
                let step = self.run.see().waits().find(is_it).map(|(step, _)| step);
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
