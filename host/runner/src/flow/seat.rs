use std::sync::Arc;
use std::time::Duration;

use monshyflow_engine::{Input, RunStatus};
use monshyflow_ids::TenantId;

use super::gate::Place;
use super::{FlowKeys, Key, Turn};
use crate::drive::{Drive, RunFacts};
use crate::hold::{Commands, Stop};
use crate::runner::Shared;
use crate::{Error, metrics};

/// A run's right to work: its places among the runs of its key and among those of all tenants. It has none while it is queued
/// and while it waits for something outside.
pub(crate) struct Seat {
    tenant: TenantId,
    turn: Turn,
    concurrency: Option<(Key, usize)>,
    rate: Option<(Key, usize, Duration)>,
    debounce: Option<(Key, Duration)>,
    /// Of a run that begins now, and did not in an earlier process.
    begins: bool,
    held: Option<Held>,
}

struct Held {
    _of_key: Option<Place<Key>>,
    _of_tenant: Place<TenantId>,
}

impl Seat {
    pub(crate) fn new(shared: &Shared, facts: &RunFacts, keys: Option<FlowKeys>) -> Self {
        let flow = &facts.graph.workflow.settings.flow;
        let keys = keys.unwrap_or_default();
        let named = |key: Option<String>| {
            key.map(|key| Key {
                tenant: facts.tenant.clone(),
                workflow: facts.workflow,
                key,
            })
        };
        let millis = Duration::from_millis;
        let concurrency = named(keys.concurrency).zip(flow.concurrency.as_ref());
        let rate = named(keys.rate).zip(flow.rate.as_ref());
        let debounce = named(keys.debounce).zip(flow.debounce.as_ref());
        Self {
            tenant: facts.tenant.clone(),
            turn: shared.gates.turn(facts.time_ms),
            concurrency: concurrency.map(|(key, set)| (key, set.limit as usize)),
            rate: rate.map(|(key, set)| (key, set.limit as usize, millis(set.period_ms))),
            debounce: debounce.map(|(key, set)| (key, millis(set.period_ms))),
            begins: false,
            held: None,
        }
    }

    /// The run begins now, whatever its history says.
    pub(crate) fn beginning(&mut self) {
        self.begins = true;
    }

    /// Waits until the run may begin.
    async fn begin(&mut self, shared: &Shared, stop: &Stop) -> Result<(), Error> {
        let debounced = self.debounce.take().map(|(key, period)| {
            let queued = shared.gates.debounces.enter(key, self.turn, stop);
            let passed = shared.clock.millis().saturating_sub(self.turn.requested_at);
            (queued, period.saturating_sub(Duration::from_millis(passed)))
        });
        if let Some((_, left)) = &debounced {
            shared.clock.sleep(*left).await;
        }
        let of_key = self.place_of_key(shared).await;
        // Not before: others may begin while this one waits for its key.
        let rate = self.rate.take();
        let rate = rate.map(|(key, limit, period)| shared.gates.rates.enter(key, self.turn, limit, period));
        loop {
            if let Some(rate) = &rate {
                rate.due().await;
            }
            let of_tenant = self.place_of_tenant(shared).await;
            if rate.as_ref().is_none_or(super::rate::Queued::begin) {
                self.hold(shared, of_key, of_tenant);
                return Ok(());
            }
        }
    }

    async fn take(&mut self, shared: &Shared) {
        let of_key = self.place_of_key(shared).await;
        let of_tenant = self.place_of_tenant(shared).await;
        self.hold(shared, of_key, of_tenant);
    }

    async fn place_of_key(&self, shared: &Shared) -> Option<Place<Key>> {
        match &self.concurrency {
            Some((key, limit)) => Some(shared.gates.concurrency.enter(key, *limit, self.turn).await),
            None => None,
        }
    }

    async fn place_of_tenant(&self, shared: &Shared) -> Place<TenantId> {
        let gates = &shared.gates;
        gates
            .places
            .enter(&self.tenant, gates.places_of_tenant, self.turn)
            .await
    }

    fn hold(&mut self, shared: &Shared, of_key: Option<Place<Key>>, of_tenant: Place<TenantId>) {
        self.held = Some(Held {
            _of_key: of_key,
            _of_tenant: of_tenant,
        });
        metrics::runs_active(shared.gates.active());
    }

    fn leave(&mut self, shared: &Shared) {
        if self.held.take().is_some() {
            metrics::runs_active(shared.gates.active());
        }
    }

    fn is_queued_by_workflow(&self) -> bool {
        self.concurrency.is_some() || self.rate.is_some() || self.debounce.is_some()
    }
}

impl Drive {
    /// Waits until the run may begin or go on, if it is to; comes back at once if it is to end.
    pub(crate) async fn be_seated(&mut self, commands: &Commands) -> Result<(), Error> {
        let status = self.run.see().status();
        let begins = status == RunStatus::Queued || self.seat.begins;
        if status == RunStatus::Waiting && !begins {
            return Ok(());
        }
        let shared: Arc<Shared> = self.shared.clone();
        // What its workflow lets wait may wait for long, and another process can go on with it.
        let may_close = self.seat.is_queued_by_workflow();
        let seat = &mut self.seat;
        let seated = async {
            match begins {
                true => seat.begin(&shared, commands.stop()).await,
                false => {
                    seat.take(&shared).await;
                    Ok(())
                }
            }
        };
        tokio::select! {
            biased;
            _ = commands.stop().stopped() => Ok(()),
            seated = seated => seated,
            () = shared.closing.cancelled(), if may_close => Err(Error::ShuttingDown),
            () = shared.abandon.cancelled() => Err(Error::ShuttingDown),
        }
    }

    /// While it waits, others may work.
    pub(crate) fn leave_seat_if_waiting(&mut self) {
        if self.run.see().status() == RunStatus::Waiting {
            self.seat.leave(&self.shared);
        }
    }

    /// Before something is done in a run that waited.
    pub(crate) async fn take_seat_again(&mut self, commands: &Commands) -> Result<(), Error> {
        if self.seat.held.is_some() || self.run.see().status() != RunStatus::Waiting {
            return Ok(());
        }
        let shared: Arc<Shared> = self.shared.clone();
        tokio::select! {
            biased;
            // It ends without one, and nothing more is begun.
            reason = commands.stop().stopped() => return self.take(Input::Cancel { reason }).await,
            () = self.seat.take(&shared) => Ok(()),
            () = shared.abandon.cancelled() => Err(Error::ShuttingDown),
        }
    }
}
