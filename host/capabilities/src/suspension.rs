//! Ending a call without ending the step. Nothing is done here: what the guest asks for is kept for the caller.

use std::sync::Arc;

use crate::bindings::monshyflow::node::suspension::{Host, Resumption};
use crate::{CallState, Capability};

pub use crate::bindings::monshyflow::node::suspension::Cause;

/// Most rounds or runs that a call may ask for at once.
const MAX_PARTS: usize = 100_000;
/// Longest state, in bytes.
const MAX_STATE: usize = 256 << 10;
/// Longest form, in bytes.
const MAX_FORM: usize = 64 << 10;

/// Why a step is called again.
#[derive(Debug, Clone)]
pub struct Resumed {
    pub by: Cause,
    pub state: String,
}

/// What a call knows of suspensions before it asks for one.
#[derive(Clone, Default)]
pub struct SuspensionPower {
    pub resumed: Option<Resumed>,
    /// Made when a guest asks for it, which few do.
    pub resume_url: Option<Arc<dyn Fn() -> String + Send + Sync>>,
}

/// What a guest asked for instead of a result.
#[derive(Debug, Clone, PartialEq)]
pub struct Suspension {
    pub state: String,
    pub until: Until,
}

#[derive(Debug, Clone, PartialEq)]
pub enum Until {
    Rounds {
        counts: Vec<u32>,
        concurrency: u32,
    },
    /// Milliseconds since 1970.
    Time(f64),
    Signal {
        until_ms: Option<f64>,
        /// Not checked.
        form: Option<String>,
    },
    Children {
        workflow: String,
        counts: Vec<u32>,
        wait: bool,
    },
}

impl CallState {
    /// What the guest asked for, if it did; or why it cannot have that.
    pub fn take_suspension(&mut self) -> Option<Result<Suspension, &'static str>> {
        self.suspension.take()
    }

    fn suspend(&mut self, until: Until, state: String) -> wasmtime::Result<()> {
        self.counters.count(Capability::Suspension)?;
        let parts = match &until {
            Until::Rounds { counts, .. } | Until::Children { counts, .. } => counts.len(),
            Until::Signal { form: Some(form), .. } if form.len() > MAX_FORM => usize::MAX,
            Until::Signal { .. } | Until::Time(_) => 0,
        };
        if parts > MAX_PARTS || state.len() > MAX_STATE {
            let limits =
                "a suspension takes at most 100,000 rounds or runs, 256 KiB of state and 64 KiB of form";
            self.suspension = Some(Err(limits));
        } else if self.suspension.is_some() {
            self.suspension = Some(Err("it asked for more than one suspension"));
        } else {
            self.suspension = Some(Ok(Suspension { state, until }));
        }
        Ok(())
    }
}

impl Host for CallState {
    async fn resumed(&mut self) -> wasmtime::Result<Option<Resumption>> {
        self.counters.count(Capability::Suspension)?;
        let resumed = self.suspension_power.resumed.clone();
        Ok(resumed.map(|Resumed { by, state }| Resumption { by, state }))
    }

    async fn rounds(&mut self, counts: Vec<u32>, concurrency: u32, state: String) -> wasmtime::Result<()> {
        self.suspend(Until::Rounds { counts, concurrency }, state)
    }

    async fn until(&mut self, time_ms: f64, state: String) -> wasmtime::Result<()> {
        self.suspend(Until::Time(time_ms), state)
    }

    async fn signal(
        &mut self,
        until_ms: Option<f64>,
        form: Option<String>,
        state: String,
    ) -> wasmtime::Result<()> {
        self.suspend(Until::Signal { until_ms, form }, state)
    }

    async fn children(
        &mut self,
        workflow: String,
        counts: Vec<u32>,
        wait: bool,
        state: String,
    ) -> wasmtime::Result<()> {
        self.suspend(
            Until::Children {
                workflow,
                counts,
                wait,
            },
            state,
        )
    }

    async fn resume_url(&mut self) -> wasmtime::Result<String> {
        self.counters.count(Capability::Suspension)?;
        let url = self.suspension_power.resume_url.as_ref();
        Ok(url.map(|url| url()).unwrap_or_default())
    }
}
