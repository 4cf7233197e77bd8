use std::any::Any;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::pin::Pin;
use std::task::{Context, Poll};
use std::time::{Duration, Instant};

/// Measures how long a guest keeps the processor, and stops asking it when that was too long.
///
/// A guest gives way at each tick of the epoch, so that this future comes to the fore every 10 ms even of an endless
/// loop. A host function that panics ends the call, not the process.
pub(crate) struct Metered<'a, F> {
    guest: Pin<&'a mut F>,
    limit: Duration,
    used: Duration,
}

pub(crate) enum Ended<T> {
    Returned(T),
    /// The guest used up its processor time.
    Exhausted,
    /// The host has a fault.
    Panicked(String),
}

impl<'a, F> Metered<'a, F> {
    pub(crate) fn new(guest: Pin<&'a mut F>, limit: Duration) -> Self {
        Self {
            guest,
            limit,
            used: Duration::ZERO,
        }
    }

    pub(crate) fn used(&self) -> Duration {
        self.used
    }
}

impl<F: Future> Future for Metered<'_, F> {
    type Output = Ended<F::Output>;

    fn poll(self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Self::Output> {
        let this = self.get_mut();
        let started = Instant::now();
        let polled = catch_unwind(AssertUnwindSafe(|| this.guest.as_mut().poll(context)));
        this.used += started.elapsed();
        match polled {
            Ok(Poll::Ready(output)) => Poll::Ready(Ended::Returned(output)),
            Ok(Poll::Pending) if this.used > this.limit => Poll::Ready(Ended::Exhausted),
            Ok(Poll::Pending) => Poll::Pending,
            Err(panic) => Poll::Ready(Ended::Panicked(message(&*panic))),
        }
    }
}

fn message(panic: &(dyn Any + Send)) -> String {
    let text = panic.downcast_ref::<&str>().copied();
    let owned = panic.downcast_ref::<String>().map(String::as_str);
    text.or(owned).unwrap_or("no message").to_owned()
}

#[cfg(test)]
mod tests {
    use std::pin::pin;

    use super::*;

    #[tokio::test]
    async fn a_panic_in_the_host_is_caught() {
        let guest = pin!(async { panic!("fault {}", 7) });
        let ended: Ended<()> = Metered::new(guest, Duration::MAX).await;
        assert!(matches!(ended, Ended::Panicked(message) if message == "fault 7"));
    }

    #[tokio::test]
    async fn waiting_is_not_counted_but_working_is() {
        let wait = pin!(tokio::time::sleep(Duration::from_millis(60)));
        let mut metered = Metered::new(wait, Duration::from_millis(30));
        assert!(matches!((&mut metered).await, Ended::Returned(())));
        assert!(metered.used() < Duration::from_millis(30));
        let busy = pin!(async {
            loop {
                std::thread::sleep(Duration::from_millis(5));
                tokio::task::yield_now().await;
            }
        });
        let ended: Ended<()> = Metered::new(busy, Duration::from_millis(30)).await;
        assert!(matches!(ended, Ended::Exhausted));
    }
}
