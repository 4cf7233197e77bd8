//! Which runs this process drives: each by one task and no more, whoever asks for it at the same time.

use std::panic::AssertUnwindSafe;
use std::sync::Arc;

use futures::FutureExt;
use monshyflow_engine::{CancelReason, Response};
use monshyflow_ids::{RunId, TenantId};
use tokio::sync::{mpsc, watch};

use crate::drive::Command;
use crate::runner::{Active, Shared};
use crate::start::chain;
use crate::view::RunView;
use crate::{Error, Runner};

/// Commands that may wait for a run.
const COMMANDS: usize = 4;

/// What came of driving a run.
pub(crate) enum Driven {
    Ended(Box<RunView>),
    /// It waits, and nobody holds it until then, if there is a time.
    Rests {
        wake_at: Option<u64>,
    },
}

/// What those who wait for a run hear of it. All of it is durable.
#[derive(Debug, Clone, Default)]
pub(crate) struct Heard {
    pub(crate) response: Option<Arc<Response>>,
    /// The final view.
    pub(crate) ended: Option<Arc<RunView>>,
}

/// The right to drive a run in this process.
pub(crate) struct Hold {
    place: Place,
    commands: Commands,
}

/// What others want of a run. Its end comes first, whatever waits beside it.
pub(crate) struct Commands {
    stop: Stop,
    stop_taken: bool,
    others: mpsc::Receiver<Command>,
    heard: watch::Sender<Heard>,
}

/// A run's wish to end, with the reason that came first.
#[derive(Debug, Clone)]
pub(crate) struct Stop(watch::Sender<Option<CancelReason>>);

impl Stop {
    fn new() -> Self {
        Self(watch::Sender::new(None))
    }

    pub(crate) fn stop(&self, reason: CancelReason) {
        self.0.send_if_modified(|first| {
            let is_first = first.is_none();
            first.get_or_insert(reason);
            is_first
        });
    }

    pub(crate) fn reason(&self) -> Option<CancelReason> {
        *self.0.borrow()
    }

    pub(crate) async fn stopped(&self) -> CancelReason {
        let mut told = self.0.subscribe();
        let reason = told.wait_for(Option::is_some).await;
        match reason.ok().and_then(|reason| *reason) {
            Some(reason) => reason,
            // Its sender is `self`, which is there.
            None => std::future::pending().await,
        }
    }
}

impl Commands {
    pub(crate) async fn recv(&mut self) -> Option<Command> {
        tokio::select! {
            biased;
            reason = self.stop.stopped(), if !self.stop_taken => {
                self.stop_taken = true;
                Some(Command::Cancel { reason })
            }
            command = self.others.recv() => command,
        }
    }

    pub(crate) fn try_recv(&mut self) -> Option<Command> {
        if let Some(reason) = self.stop.reason()
            && !self.stop_taken
        {
            self.stop_taken = true;
            return Some(Command::Cancel { reason });
        }
        self.others.try_recv().ok()
    }

    pub(crate) fn is_empty(&self) -> bool {
        self.others.is_empty() && (self.stop_taken || self.stop.reason().is_none())
    }

    /// Told when the run is to end.
    pub(crate) fn stop(&self) -> &Stop {
        &self.stop
    }

    /// For those who wait for the run.
    pub(crate) fn heard(&self) -> &watch::Sender<Heard> {
        &self.heard
    }
}

/// A run's place among those that are driven, free again when this is dropped.
struct Place {
    shared: Arc<Shared>,
    tenant: TenantId,
    run: RunId,
}

impl Drop for Place {
    fn drop(&mut self) {
        self.shared.active().remove(&self.run);
    }
}

impl Runner {
    /// Nothing if somebody in this process drives the run, or is about to.
    pub(crate) fn hold(&self, tenant: &TenantId, run: RunId, first: Option<Command>) -> Option<Hold> {
        let mut active = self.0.active();
        if active.contains_key(&run) {
            return None;
        }
        let (sender, others) = mpsc::channel(COMMANDS);
        let stop = Stop::new();
        match first {
            Some(Command::Cancel { reason }) => stop.stop(reason),
            // The channel is empty.
            Some(first) => drop(sender.try_send(first)),
            None => {}
        }
        let (heard, hears) = watch::channel(Heard::default());
        let entry = Active {
            tenant: tenant.clone(),
            commands: sender,
            stop: stop.clone(),
            heard: hears,
        };
        active.insert(run, entry);
        drop(active);
        Some(Hold {
            place: Place {
                shared: self.0.clone(),
                tenant: tenant.clone(),
                run,
            },
            commands: Commands {
                stop,
                stop_taken: false,
                others,
                heard,
            },
        })
    }
}

impl Hold {
    /// Drives the run in a task of its own, so that whatever goes wrong there stays there.
    pub(crate) fn spawn<F>(self, drive: impl FnOnce(Commands) -> F) -> watch::Receiver<Heard>
    where
        F: Future<Output = Result<Driven, Error>> + Send + 'static,
    {
        let Self { place, commands } = self;
        let heard = commands.heard.clone();
        let hears = heard.subscribe();
        let drive = drive(commands);
        place.shared.tasks.clone().spawn(async move {
            let driven = AssertUnwindSafe(drive).catch_unwind().await;
            place.leave(driven, &heard);
        });
        hears
    }
}

impl Place {
    fn leave(self, driven: std::thread::Result<Result<Driven, Error>>, heard: &watch::Sender<Heard>) {
        let run = self.run;
        match driven {
            Ok(Ok(Driven::Ended(view))) => {
                heard.send_modify(|heard| heard.ended = Some(Arc::from(view)));
            }
            Ok(Ok(Driven::Rests { wake_at })) => {
                let (shared, tenant) = (self.shared.clone(), self.tenant.clone());
                // Whoever is woken by the alarm must find the place free.
                drop(self);
                if let Some(wake_at) = wake_at {
                    shared.alarm.set(wake_at, &tenant, run);
                }
            }
            Ok(Err(Error::ShuttingDown)) => {}
            Ok(Err(error)) => tracing::error!(%run, error = %chain(&error), "a run was let go of"),
            Err(_) => tracing::error!(%run, "driving a run panicked; it goes on after the next start"),
        }
    }
}
