use std::collections::BTreeSet;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Mutex, MutexGuard, PoisonError};

use futures::StreamExt;
use monshyflow_ids::{RunId, TenantId};
use monshyflow_journal::Error as JournalError;
use tokio::sync::Notify;

use crate::runner::Shared;
use crate::start::chain;
use crate::{Error, Runner};

/// Before a run that could not be woken is looked at again.
const LATER_MS: u64 = 1_000;
/// Runs that are woken at the same time: mostly they wait for the disk, which serves several at once.
const AT_ONCE: usize = 64;

/// When runs that wait go on. What the store says again at the next start.
#[derive(Debug, Default)]
pub(crate) struct Alarm {
    times: Mutex<BTreeSet<(u64, RunId, TenantId)>>,
    changed: Notify,
    watching: AtomicBool,
}

impl Alarm {
    pub(crate) fn set(&self, wake_at: u64, tenant: &TenantId, run: RunId) {
        let first = {
            let mut times = self.times();
            let entry = (wake_at, run, tenant.clone());
            times.insert(entry.clone());
            times.first() == Some(&entry)
        };
        if first {
            self.changed.notify_one();
        }
    }

    pub(crate) fn is_watching(&self) -> bool {
        self.watching.load(Ordering::Relaxed)
    }

    fn times(&self) -> MutexGuard<'_, BTreeSet<(u64, RunId, TenantId)>> {
        self.times.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// The next run whose time has come. Sleeps until there is one.
    async fn next(&self, shared: &Shared) -> (TenantId, RunId) {
        loop {
            let first = self.times().first().map(|(wake_at, ..)| *wake_at);
            match first {
                Some(wake_at) if wake_at <= shared.clock.millis() => {
                    if let Some((_, run, tenant)) = self.times().pop_first() {
                        return (tenant, run);
                    }
                }
                Some(wake_at) => tokio::select! {
                    () = shared.clock.sleep_until(wake_at) => {}
                    () = self.changed.notified() => {}
                },
                None => self.changed.notified().await,
            }
        }
    }
}

impl Runner {
    /// Wakes runs when their time has come, from now on until the runner closes.
    pub(crate) async fn watch_alarm(&self) -> Result<(), Error> {
        let mut after = None;
        loop {
            let page = self.0.journal.waiting(after).await?;
            for (wake_at, tenant, run) in page.items {
                self.0.alarm.set(wake_at, &tenant, run);
            }
            after = page.next;
            if after.is_none() {
                break;
            }
        }
        self.0.alarm.watching.store(true, Ordering::Relaxed);
        let runner = self.clone();
        self.0.tasks.spawn(async move {
            let due = futures::stream::repeat(()).then(|()| runner.0.alarm.next(&runner.0));
            let due = due.take_until(runner.0.closing.cancelled());
            due.for_each_concurrent(AT_ONCE, |(tenant, run)| runner.wake(tenant, run))
                .await;
        });
        Ok(())
    }

    async fn wake(&self, tenant: TenantId, run: RunId) {
        // If it is driven already, whoever lets go of it sets the alarm again.
        match self.adopt(&tenant, run, None).await {
            // It has ended, or somebody woke it before.
            Ok(()) | Err(Error::Journal(JournalError::LostLease | JournalError::NotFound)) => {}
            Err(Error::Journal(JournalError::Unavailable(why))) => {
                tracing::warn!(%run, why, "a waiting run cannot be woken now; trying again");
                self.wake_later(&tenant, run);
            }
            Err(error) => tracing::error!(%run, error = %chain(&error), "a waiting run could not be woken"),
        }
    }

    fn wake_later(&self, tenant: &TenantId, run: RunId) {
        let later = self.0.clock.millis() + LATER_MS;
        self.0.alarm.set(later, tenant, run);
    }
}
