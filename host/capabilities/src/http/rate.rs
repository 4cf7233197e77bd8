use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use tokio::time::Instant;

/// An even rate with bursts of one second, as the generic cell rate algorithm (ITU-T I.371): one time to remember.
#[derive(Debug)]
pub(super) struct Rate {
    interval: Duration,
    /// When everything that was let through would have been spent at the even rate.
    spent: Mutex<Option<Instant>>,
}

impl Rate {
    pub(super) fn per_second(count: u32) -> Self {
        Self {
            interval: Duration::from_secs(1) / count.max(1),
            spent: Mutex::new(None),
        }
    }

    /// Takes one, and says how long to wait before using it; takes nothing if that were longer than `longest`.
    pub(super) fn take(&self, now: Instant, longest: Duration) -> Option<Duration> {
        let mut spent = self.spent.lock().unwrap_or_else(PoisonError::into_inner);
        let next = spent.unwrap_or(now).max(now) + self.interval;
        let wait = next.duration_since(now).saturating_sub(Duration::from_secs(1));
        if wait > longest {
            return None;
        }
        *spent = Some(next);
        Some(wait)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lets_a_second_s_worth_through_at_once_and_spreads_the_rest() {
        let rate = Rate::per_second(10);
        let now = Instant::now();
        let longest = Duration::from_millis(200);
        for _ in 0..10 {
            assert_eq!(rate.take(now, longest), Some(Duration::ZERO));
        }
        assert_eq!(rate.take(now, longest), Some(Duration::from_millis(100)));
        assert_eq!(rate.take(now, longest), Some(Duration::from_millis(200)));
        assert_eq!(rate.take(now, longest), None);
        assert_eq!(rate.take(now, longest), None);
        let later = now + Duration::from_millis(100);
        assert_eq!(rate.take(later, longest), Some(Duration::from_millis(200)));
        assert_eq!(
            rate.take(now + Duration::from_secs(5), longest),
            Some(Duration::ZERO)
        );
    }
}
