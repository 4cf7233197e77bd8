//! The outside world that code takes as an argument: time, randomness, and the ids made of both.

use std::sync::Arc;
use std::time::Duration;

use jiff::Timestamp;
use monshyflow_ids::{CredentialId, RunId, WorkerId, WorkflowId};
use tokio::sync::watch;

/// Tells the time. Cheap to clone.
#[derive(Debug, Clone)]
pub enum Clock {
    /// The machine's wall clock.
    System,
    /// A clock that stands still until a test moves it.
    Manual(ManualClock),
}

impl Clock {
    pub fn now(&self) -> Timestamp {
        match self {
            #[expect(
                clippy::disallowed_methods,
                reason = "this is the clock that everybody else takes"
            )]
            Self::System => Timestamp::now(),
            Self::Manual(clock) => clock.now(),
        }
    }

    /// Milliseconds since 1970-01-01T00:00:00Z.
    pub fn millis(&self) -> u64 {
        u64::try_from(self.now().as_millisecond()).unwrap_or(0)
    }

    /// Until the clock shows that time, also if somebody sets it meanwhile.
    pub async fn sleep_until(&self, unix_millis: u64) {
        match self {
            Self::System => {
                while let Some(left) = unix_millis.checked_sub(self.millis()).filter(|left| *left > 0) {
                    tokio::time::sleep(Duration::from_millis(left).min(LONGEST_SLEEP)).await;
                }
            }
            Self::Manual(clock) => clock.sleep_until(unix_millis).await,
        }
    }

    /// A new time-ordered id, such as a `RunId`.
    pub fn id<I: TimeOrdered>(&self) -> I {
        let millis = u64::try_from(self.now().as_millisecond()).unwrap_or(0);
        I::at(millis, random())
    }
}

/// After this a sleeper looks at the clock again: the wall clock may be set.
const LONGEST_SLEEP: Duration = Duration::from_secs(60);

/// A clock for tests.
#[derive(Debug, Clone)]
pub struct ManualClock(Arc<watch::Sender<i64>>);

impl ManualClock {
    pub fn starting_at(start: Timestamp) -> Self {
        Self(Arc::new(watch::Sender::new(start.as_millisecond())))
    }

    pub fn advance_millis(&self, millis: i64) {
        self.0.send_modify(|now| *now += millis);
    }

    fn now(&self) -> Timestamp {
        Timestamp::from_millisecond(*self.0.borrow()).unwrap_or(Timestamp::MAX)
    }

    async fn sleep_until(&self, unix_millis: u64) {
        let mut now = self.0.subscribe();
        let late = |now: &i64| u64::try_from(*now).is_ok_and(|now| now >= unix_millis);
        // The sender lives as long as `self`.
        let _ = now.wait_for(late).await;
    }
}

/// Ids that start with the time.
pub trait TimeOrdered {
    fn at(unix_millis: u64, random: [u8; 10]) -> Self;
}

macro_rules! time_ordered {
    ($($id:ty),+) => {
        $(impl TimeOrdered for $id {
            fn at(unix_millis: u64, random: [u8; 10]) -> Self {
                <$id>::at(unix_millis, random)
            }
        })+
    };
}

time_ordered!(CredentialId, RunId, WorkerId, WorkflowId);

/// Bytes from the operating system's generator.
///
/// # Panics
///
/// If the operating system has no randomness to give, since nothing that needs it could be safe then.
pub fn random<const N: usize>() -> [u8; N] {
    let mut bytes = [0; N];
    getrandom::fill(&mut bytes).expect("the operating system gives randomness");
    bytes
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ids_follow_the_clock() {
        let manual = ManualClock::starting_at(Timestamp::UNIX_EPOCH);
        let clock = Clock::Manual(manual.clone());
        let first: RunId = clock.id();
        manual.advance_millis(1);
        let second: RunId = clock.id();
        assert!(first < second);
        assert_eq!(clock.now().as_millisecond(), 1);
    }
}
