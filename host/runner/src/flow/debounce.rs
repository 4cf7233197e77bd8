//! Of the queued runs of a key, the one that was requested last.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use monshyflow_engine::CancelReason::Debounced;

use super::{Key, Turn};
use crate::hold::Stop;

#[derive(Debug, Clone, Default)]
pub(crate) struct Debounces(Arc<Mutex<HashMap<Key, Latest>>>);

#[derive(Debug)]
struct Latest {
    turn: Turn,
    stop: Stop,
}

/// A queued run; no longer queued when this is dropped.
#[derive(Debug)]
pub(crate) struct Queued {
    debounces: Debounces,
    key: Key,
    turn: Turn,
}

impl Debounces {
    /// Stops the queued run of the key that was requested before, or this one if another was requested after it.
    pub(crate) fn enter(&self, key: Key, turn: Turn, stop: &Stop) -> Queued {
        let mut latest = self.latest();
        match latest.get(&key) {
            Some(other) if other.turn > turn => stop.stop(Debounced),
            other => {
                if let Some(other) = other {
                    other.stop.stop(Debounced);
                }
                let stop = stop.clone();
                latest.insert(key.clone(), Latest { turn, stop });
            }
        }
        drop(latest);
        Queued {
            debounces: self.clone(),
            key,
            turn,
        }
    }

    fn latest(&self) -> MutexGuard<'_, HashMap<Key, Latest>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Drop for Queued {
    fn drop(&mut self) {
        let mut latest = self.debounces.latest();
        if latest.get(&self.key).is_some_and(|one| one.turn == self.turn) {
            latest.remove(&self.key);
        }
    }
}
