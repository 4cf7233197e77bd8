use monshyflow_workflow::{NodeSettings, OnError, Retry};

use crate::{AfterFailure, StepError};

/// What follows when attempt number `attempt` (from 1) of a node failed.
pub(crate) fn after_failure(settings: &NodeSettings, attempt: u32, error: &StepError) -> AfterFailure {
    if error.retryable && attempt < settings.retry.attempts {
        return AfterFailure::Retry {
            delay_ms: delay_ms(&settings.retry, attempt, error.retry_after_ms),
        };
    }
    match settings.on_error {
        OnError::Stop => AfterFailure::Stop,
        OnError::Continue => AfterFailure::Continue,
        OnError::Port => AfterFailure::Port,
    }
}

/// Exponential, capped, but never earlier than the other side asked for. Without jitter, which is the shell's.
fn delay_ms(retry: &Retry, attempt: u32, retry_after_ms: Option<u32>) -> u64 {
    let cap = f64::from(retry.max_delay_ms);
    let factor = f64::from(retry.factor_percent) / 100.0;
    let mut delay = f64::from(retry.delay_ms);
    for _ in 1..attempt {
        let next = delay * factor;
        // Neither a delay beyond the cap nor one that stands still or vanishes will change the result any more.
        if delay >= cap && factor >= 1.0 || next == delay || next < 0.5 {
            delay = next;
            break;
        }
        delay = next;
    }
    (delay.min(cap).round() as u64).max(u64::from(retry_after_ms.unwrap_or(0)))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn delays(retry: Retry, attempts: impl IntoIterator<Item = u32>) -> Vec<u64> {
        attempts
            .into_iter()
            .map(|attempt| delay_ms(&retry, attempt, None))
            .collect()
    }

    #[test]
    fn delays_grow_to_their_cap_and_no_further() {
        let retry = Retry {
            attempts: 9,
            delay_ms: 100,
            factor_percent: 200,
            max_delay_ms: 500,
        };
        assert_eq!(delays(retry, 1..=5), [100, 200, 400, 500, 500]);
        assert_eq!(
            delays(
                Retry {
                    factor_percent: 150,
                    ..retry
                },
                1..=4
            ),
            [100, 150, 225, 338]
        );
        assert_eq!(
            delays(
                Retry {
                    factor_percent: 100,
                    ..retry
                },
                [1, 7, u32::MAX]
            ),
            [100, 100, 100]
        );
        assert_eq!(
            delays(
                Retry {
                    factor_percent: 50,
                    ..retry
                },
                [1, 2, 3, u32::MAX]
            ),
            [100, 50, 25, 0]
        );
        assert_eq!(
            delays(
                Retry {
                    max_delay_ms: 30,
                    ..retry
                },
                [1, 2]
            ),
            [30, 30]
        );
        let slow = Retry {
            attempts: u32::MAX,
            delay_ms: 1,
            factor_percent: 101,
            max_delay_ms: u32::MAX,
        };
        assert_eq!(delays(slow, [u32::MAX]), [u64::from(u32::MAX)]);
    }

    #[test]
    fn the_other_side_may_ask_for_more_time_than_the_cap() {
        let retry = Retry {
            attempts: 3,
            delay_ms: 100,
            factor_percent: 200,
            max_delay_ms: 500,
        };
        assert_eq!(delay_ms(&retry, 1, Some(50)), 100);
        assert_eq!(delay_ms(&retry, 3, Some(60_000)), 60_000);
    }
}
