//! Which runs go on and which stay queued: by the keys of their workflows, and fairly between tenants.

mod debounce;
mod gate;
mod keys;
mod rate;
mod seat;
mod singleton;

use std::sync::atomic::{AtomicU64, Ordering};

use monshyflow_clock::Clock;
use monshyflow_ids::{TenantId, WorkflowId};

use debounce::Debounces;
use gate::Gate;
pub(crate) use keys::{FlowKeys, KeysOf};
use rate::Rates;
pub(crate) use seat::Seat;

use crate::Limits;

/// A key of a workflow of a tenant.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub(crate) struct Key {
    tenant: TenantId,
    workflow: WorkflowId,
    key: String,
}

/// When a run was requested, in milliseconds since 1970, and what came first within this process. Lower ones go first.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Turn {
    requested_at: u64,
    arrived: u64,
}

/// The gates of this process. What other processes do they do not know.
#[derive(Debug)]
pub(crate) struct Gates {
    concurrency: Gate<Key>,
    rates: Rates,
    debounces: Debounces,
    places: Gate<TenantId>,
    places_of_tenant: usize,
    arrivals: AtomicU64,
}

impl Gates {
    pub(crate) fn new(limits: &Limits, clock: &Clock) -> Self {
        Self {
            // How many runs a key may have, its workflow says.
            concurrency: Gate::new(usize::MAX),
            rates: Rates::new(clock),
            debounces: Debounces::default(),
            places: Gate::new(limits.active_runs),
            places_of_tenant: limits.tenant_runs,
            arrivals: AtomicU64::new(0),
        }
    }

    fn turn(&self, requested_at: u64) -> Turn {
        Turn {
            requested_at,
            arrived: self.arrivals.fetch_add(1, Ordering::Relaxed),
        }
    }

    /// Runs that have a place.
    fn active(&self) -> usize {
        self.places.taken()
    }
}
