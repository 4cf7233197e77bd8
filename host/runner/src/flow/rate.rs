//! At most so many begins of a key within any period.

use std::collections::{BTreeSet, HashMap, VecDeque};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use monshyflow_clock::{Clock, Stopwatch};
use tokio::sync::Notify;

use super::{Key, Turn};

/// The longest period that a workflow may set.
const LONGEST: Duration = Duration::from_secs(86_400);
/// Keys that are not worth looking through.
const FEW: usize = 1_024;

#[derive(Debug, Clone)]
pub(crate) struct Rates(Arc<Shared>);

#[derive(Debug)]
struct Shared {
    /// Setting the clock changes nothing.
    since: Stopwatch,
    windows: Mutex<Windows>,
}

#[derive(Debug, Default)]
struct Windows {
    by_key: HashMap<Key, Window>,
    /// So many keys are looked through for those that nobody uses any more.
    sweep_at: usize,
}

#[derive(Debug, Default)]
struct Window {
    /// When runs began, in order, those within the period.
    begun: VecDeque<Duration>,
    waiting: BTreeSet<Turn>,
    /// Somebody who waited went away or began.
    changed: Arc<Notify>,
}

/// A run in the queue of its key, out of it when this is dropped.
#[derive(Debug)]
pub(crate) struct Queued {
    rates: Rates,
    key: Key,
    turn: Turn,
    limit: usize,
    period: Duration,
}

impl Rates {
    pub(crate) fn new(clock: &Clock) -> Self {
        let since = clock.stopwatch();
        Self(Arc::new(Shared {
            since,
            windows: Mutex::default(),
        }))
    }

    pub(crate) fn enter(&self, key: Key, turn: Turn, limit: usize, period: Duration) -> Queued {
        let mut windows = self.windows();
        let now = self.0.since.elapsed();
        windows.sweep(now);
        windows.of(&key).waiting.insert(turn);
        drop(windows);
        Queued {
            rates: self.clone(),
            key,
            turn,
            limit,
            period,
        }
    }

    fn windows(&self) -> MutexGuard<'_, Windows> {
        self.0.windows.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Windows {
    fn of(&mut self, key: &Key) -> &mut Window {
        self.by_key.entry(key.clone()).or_default()
    }

    fn sweep(&mut self, now: Duration) {
        if self.by_key.len() < self.sweep_at {
            return;
        }
        let is_used = |window: &Window| {
            let last = window.begun.back();
            !window.waiting.is_empty() || last.is_some_and(|last| *last + LONGEST > now)
        };
        self.by_key.retain(|_, window| is_used(window));
        self.sweep_at = (2 * self.by_key.len()).max(FEW);
    }
}

impl Queued {
    /// Waits until the run may begin, which it does only with `begin`.
    pub(crate) async fn due(&self) {
        loop {
            let Some((at, changed)) = self.due_at() else {
                return;
            };
            let changed = changed.notified();
            tokio::pin!(changed);
            changed.as_mut().enable();
            // It may have changed in between.
            if self.due_at().is_none() {
                return;
            }
            tokio::select! {
                () = self.rates.0.since.reaches(at) => {}
                () = changed => {}
            }
        }
    }

    /// Counts the run as begun; not if it may not begin any more.
    pub(crate) fn begin(&self) -> bool {
        if self.due_at().is_some() {
            return false;
        }
        let now = self.rates.0.since.elapsed();
        let mut windows = self.rates.windows();
        let window = windows.of(&self.key);
        window.waiting.remove(&self.turn);
        window.begun.push_back(now);
        window.changed.notify_waiters();
        true
    }

    /// When it may begin at the earliest; nothing if it may.
    fn due_at(&self) -> Option<(Duration, Arc<Notify>)> {
        let now = self.rates.0.since.elapsed();
        let mut windows = self.rates.windows();
        let window = windows.of(&self.key);
        while window.begun.front().is_some_and(|at| *at + self.period <= now) {
            window.begun.pop_front();
        }
        let before = window.waiting.range(..self.turn).take(self.limit).count();
        let free = self.limit.saturating_sub(window.begun.len());
        if before < free {
            return None;
        }
        // So many of those that began must be out of the window.
        let place = window.begun.len() + before - self.limit;
        let last = window.begun.back().copied();
        let freed = window.begun.get(place).copied().or(last).unwrap_or(now);
        Some((freed + self.period, window.changed.clone()))
    }
}

impl Drop for Queued {
    fn drop(&mut self) {
        let mut windows = self.rates.windows();
        if let Some(window) = windows.by_key.get_mut(&self.key)
            && window.waiting.remove(&self.turn)
        {
            window.changed.notify_waiters();
        }
    }
}
