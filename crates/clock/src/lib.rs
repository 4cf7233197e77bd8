//! The outside world that code takes as an argument: time, randomness, and the ids made of both.

use std::sync::Arc;
use std::time::{Duration, Instant};

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

    /// For so long, whatever the clock is set to meanwhile.
    pub async fn sleep(&self, duration: Duration) {
        match self {
            Self::System => tokio::time::sleep(duration).await,
            Self::Manual(clock) => clock.sleep(duration).await,
        }
    }

    /// Measures from now on, whatever the clock is set to meanwhile.
    pub fn stopwatch(&self) -> Stopwatch {
        match self {
            Self::System => Stopwatch::System(Instant::now()),
            Self::Manual(clock) => Stopwatch::Manual(clock.clone(), clock.0.borrow().passed),
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

/// Time since it was made.
#[derive(Debug, Clone)]
pub enum Stopwatch {
    System(Instant),
    /// With what had passed when it was made.
    Manual(ManualClock, Duration),
}

impl Stopwatch {
    pub fn elapsed(&self) -> Duration {
        match self {
            Self::System(started) => started.elapsed(),
            Self::Manual(clock, before) => clock.0.borrow().passed.saturating_sub(*before),
        }
    }

    /// Until so much time has passed since it was made. To sleep for what is left would be two looks at the clock, between
    /// which time may pass.
    pub async fn reaches(&self, total: Duration) {
        match self {
            Self::System(started) => match started.checked_add(total) {
                Some(end) => tokio::time::sleep_until(end.into()).await,
                None => std::future::pending().await,
            },
            Self::Manual(clock, before) => {
                let end = before.saturating_add(total);
                clock.until(|shown| shown.passed >= end).await;
            }
        }
    }
}

/// A clock for tests.
#[derive(Debug, Clone)]
pub struct ManualClock(Arc<watch::Sender<Shown>>);

#[derive(Debug, Clone, Copy)]
struct Shown {
    /// Milliseconds since 1970.
    now: i64,
    /// How far time went on, which setting the clock does not change.
    passed: Duration,
}

impl ManualClock {
    pub fn starting_at(start: Timestamp) -> Self {
        let (now, passed) = (start.as_millisecond(), Duration::ZERO);
        Self(Arc::new(watch::Sender::new(Shown { now, passed })))
    }

    /// Time passes, for the calendar up to the end of the year 9999.
    pub fn advance(&self, by: Duration) {
        self.0.send_modify(|shown| {
            let millis = i64::try_from(by.as_millis()).unwrap_or(i64::MAX);
            shown.now = shown
                .now
                .saturating_add(millis)
                .min(Timestamp::MAX.as_millisecond());
            shown.passed = shown.passed.saturating_add(by);
        });
    }

    /// Time passes.
    pub fn advance_millis(&self, millis: u64) {
        self.advance(Duration::from_millis(millis));
    }

    /// Somebody sets the clock, and no time passes.
    pub fn set(&self, to: Timestamp) {
        self.0.send_modify(|shown| shown.now = to.as_millisecond());
    }

    fn now(&self) -> Timestamp {
        Timestamp::from_millisecond(self.0.borrow().now).unwrap_or(Timestamp::MAX)
    }

    async fn sleep_until(&self, unix_millis: u64) {
        self.until(|shown| u64::try_from(shown.now).is_ok_and(|now| now >= unix_millis))
            .await;
    }

    async fn sleep(&self, duration: Duration) {
        let end = self.0.borrow().passed.saturating_add(duration);
        self.until(|shown| shown.passed >= end).await;
    }

    async fn until(&self, over: impl Fn(&Shown) -> bool) {
        let mut shown = self.0.subscribe();
        // The sender lives as long as `self`.
        let _ = shown.wait_for(over).await;
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

    #[tokio::test]
    async fn setting_the_clock_lets_no_time_pass() {
        let manual = ManualClock::starting_at(Timestamp::UNIX_EPOCH);
        let clock = Clock::Manual(manual.clone());
        let (hour, watch) = (Duration::from_secs(3_600), clock.stopwatch());
        let mut sleep = std::pin::pin!(clock.sleep(hour));
        assert!(is_pending(sleep.as_mut()));
        manual.set(Timestamp::UNIX_EPOCH + hour * 2);
        assert!(is_pending(sleep.as_mut()));
        clock.sleep_until(3_600_000).await;
        manual.set(Timestamp::UNIX_EPOCH);
        manual.advance(hour);
        sleep.await;
        assert_eq!((watch.elapsed(), clock.millis()), (hour, 3_600_000));
    }

    fn is_pending(future: std::pin::Pin<&mut impl Future<Output = ()>>) -> bool {
        let mut context = std::task::Context::from_waker(std::task::Waker::noop());
        future.poll(&mut context).is_pending()
    }
}
