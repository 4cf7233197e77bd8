use std::any::Any;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::pin::Pin;
use std::task::{Context, Poll, ready};
use std::time::Duration;

use rustix::time::{ClockId, clock_gettime};
use tokio::sync::{AcquireError, SemaphorePermit};

use crate::lanes::Lanes;

/// After this much processor time a call is a long one.
pub(crate) const LONG: Duration = Duration::from_millis(1);

/// Measures how long a guest keeps the processor, and stops asking it when that was too long.
///
/// A guest gives way at each tick of the epoch, so that this future comes to the fore even of an endless loop. From then on a
/// long call takes its turns in one of the `lanes`, on threads that no other task depends on and that stand back behind others.
///
/// A host function that panics ends the call, not the process.
pub(crate) struct Metered<'a, F> {
    guest: Pin<&'a mut F>,
    limit: Duration,
    used: Duration,
    /// Known to be a long call, or likely to become one.
    long: bool,
    lanes: &'a Lanes,
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
    pub(crate) fn new(guest: Pin<&'a mut F>, limit: Duration, lanes: &'a Lanes, long: bool) -> Self {
        Self {
            guest,
            limit,
            used: Duration::ZERO,
            long,
            lanes,
            queued: None,
        }
    }

    pub(crate) fn used(&self) -> Duration {
        self.used
    }

    /// A place in a lane, for a long call. It is given back after each turn.
    fn poll_lane(&mut self, context: &mut Context<'_>) -> Poll<Option<SemaphorePermit<'a>>> {
        if !self.long {
            return Poll::Ready(None);
        }
        let lanes = self.lanes;
        let queued = self.queued.get_or_insert_with(|| Box::pin(lanes.place()));
        let place = ready!(queued.as_mut().poll(context));
        self.queued = None;
        Poll::Ready(place.ok())
    }
}

impl<F: Future<Output: Send> + Send> Future for Metered<'_, F> {
    type Output = Ended<F::Output>;

    fn poll(self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Self::Output> {
        let this = self.get_mut();
        let _lane = ready!(this.poll_lane(context));
        let (guest, waker) = (&mut this.guest, context.waker());
        let mut turn = || {
            let mut context = Context::from_waker(waker);
            let started = processor_time();
            let polled = catch_unwind(AssertUnwindSafe(|| guest.as_mut().poll(&mut context)));
            (polled, processor_time().saturating_sub(started))
        };
        let (polled, used) = if this.long { this.lanes.run(turn) } else { turn() };
        this.used += used;
        this.long |= this.used >= LONG;
        match polled {
            Ok(Poll::Ready(output)) => Poll::Ready(Ended::Returned(output)),
            Ok(Poll::Pending) if this.used > this.limit => Poll::Ready(Ended::Exhausted),
            Ok(Poll::Pending) => Poll::Pending,
            Err(panic) => Poll::Ready(Ended::Panicked(message(&*panic))),
        }
    }
}

/// Of this thread. A clock on the wall would count what others did to it.
fn processor_time() -> Duration {
    let time = clock_gettime(ClockId::ThreadCPUTime);
    Duration::try_from(time).unwrap_or_default()
}

fn message(panic: &(dyn Any + Send)) -> String {
    let text = panic.downcast_ref::<&str>().copied();
    let owned = panic.downcast_ref::<String>().map(String::as_str);
    text.or(owned).unwrap_or("no message").to_owned()
}

#[cfg(test)]
mod tests {
    use std::pin::pin;

    use futures::FutureExt;

    use super::*;

    #[tokio::test]
    async fn a_panic_in_the_host_is_caught() {
        let (guest, lanes) = (pin!(async { panic!("fault {}", 7) }), Lanes::of(1).unwrap());
        let ended: Ended<()> = Metered::new(guest, Duration::MAX, &lanes, false).await;
        assert!(matches!(ended, Ended::Panicked(message) if message == "fault 7"));
    }

    /// Works in turns of 5 ms.
    async fn busy() {
        loop {
            let started = processor_time();
            while processor_time() < started + Duration::from_millis(5) {}
            tokio::task::yield_now().await;
        }
    }

    #[tokio::test]
    async fn waiting_is_not_counted_but_working_is() {
        let lanes = Lanes::of(1).unwrap();
        let wait = pin!(tokio::time::sleep(Duration::from_millis(60)));
        let mut metered = Metered::new(wait, Duration::from_millis(30), &lanes, false);
        assert!(matches!((&mut metered).await, Ended::Returned(())));
        assert!(metered.used() < Duration::from_millis(30));
        let ended = Metered::new(pin!(busy()), Duration::from_millis(30), &lanes, false).await;
        assert!(matches!(ended, Ended::Exhausted));
        assert!(lanes.place().now_or_never().is_some());
    }

    #[tokio::test]
    async fn a_long_call_waits_for_a_lane() {
        let lanes = Lanes::of(1).unwrap();
        let taken = lanes.place().await.unwrap();
        let guest = pin!(busy());
        let mut metered = Metered::new(guest, Duration::from_millis(100), &lanes, false);
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
