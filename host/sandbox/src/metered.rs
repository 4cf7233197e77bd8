use std::any::Any;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::pin::Pin;
use std::task::{Context, Poll, ready};
use std::time::{Duration, Instant};

use tokio::sync::{AcquireError, Semaphore, SemaphorePermit};

/// After this much processor time a call is a long one.
const LONG: Duration = Duration::from_millis(20);

/// Measures how long a guest keeps the processor, and stops asking it when that was too long.
///
/// A guest gives way at each tick of the epoch, so that this future comes to the fore every 10 ms even of an endless
/// loop. Then a long call queues for one of the `lanes`, of which there are fewer than processors: however many
/// guests compute without end, the calls of others, which are short, find a processor free.
///
/// A host function that panics ends the call, not the process.
pub(crate) struct Metered<'a, F> {
    guest: Pin<&'a mut F>,
    limit: Duration,
    used: Duration,
    lanes: &'a Semaphore,
    queued: Option<Pin<Box<Place<'a>>>>,
}

type Place<'a> = dyn Future<Output = Result<SemaphorePermit<'a>, AcquireError>> + Send + 'a;

pub(crate) enum Ended<T> {
    Returned(T),
    /// The guest used up its processor time.
    Exhausted,
    /// The host has a fault.
    Panicked(String),
}

impl<'a, F> Metered<'a, F> {
    pub(crate) fn new(guest: Pin<&'a mut F>, limit: Duration, lanes: &'a Semaphore) -> Self {
        Self {
            guest,
            limit,
            used: Duration::ZERO,
            lanes,
            queued: None,
        }
    }

    pub(crate) fn used(&self) -> Duration {
        self.used
    }

    /// A place in a lane, for a long call. It is given back after each turn.
    fn poll_lane(&mut self, context: &mut Context<'_>) -> Poll<Option<SemaphorePermit<'a>>> {
        if self.used < LONG {
            return Poll::Ready(None);
        }
        let lanes = self.lanes;
        let queued = self.queued.get_or_insert_with(|| Box::pin(lanes.acquire()));
        let place = ready!(queued.as_mut().poll(context));
        self.queued = None;
        Poll::Ready(place.ok())
    }
}

impl<F: Future> Future for Metered<'_, F> {
    type Output = Ended<F::Output>;

    fn poll(self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Self::Output> {
        let this = self.get_mut();
        let _lane = ready!(this.poll_lane(context));
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
        let (guest, lanes) = (pin!(async { panic!("fault {}", 7) }), Semaphore::new(1));
        let ended: Ended<()> = Metered::new(guest, Duration::MAX, &lanes).await;
        assert!(matches!(ended, Ended::Panicked(message) if message == "fault 7"));
    }

    /// Works in turns of 5 ms.
    async fn busy() {
        loop {
            std::thread::sleep(Duration::from_millis(5));
            tokio::task::yield_now().await;
        }
    }

    #[tokio::test]
    async fn waiting_is_not_counted_but_working_is() {
        let lanes = Semaphore::new(1);
        let wait = pin!(tokio::time::sleep(Duration::from_millis(60)));
        let mut metered = Metered::new(wait, Duration::from_millis(30), &lanes);
        assert!(matches!((&mut metered).await, Ended::Returned(())));
        assert!(metered.used() < Duration::from_millis(30));
        let ended = Metered::new(pin!(busy()), Duration::from_millis(30), &lanes).await;
        assert!(matches!(ended, Ended::Exhausted));
        assert_eq!(lanes.available_permits(), 1);
    }

    #[tokio::test]
    async fn a_long_call_waits_for_a_lane() {
        let lanes = Semaphore::new(1);
        let taken = lanes.acquire().await.unwrap();
        let guest = pin!(busy());
        let mut metered = Metered::new(guest, Duration::from_millis(100), &lanes);
        assert!(
            tokio::time::timeout(Duration::from_millis(200), &mut metered)
                .await
                .is_err()
        );
        assert!(
            metered.used() >= LONG && metered.used() < Duration::from_millis(100),
            "{:?}",
            metered.used()
        );
        drop(taken);
        assert!(matches!(metered.await, Ended::Exhausted));
    }
}
