use std::pin::pin;
use std::time::{Duration, Instant};

use monshyflow_capabilities::bindings::monshyflow::node::types::{
    Call as GuestCall, NodeError, Outcome as Returned,
};
use monshyflow_capabilities::{CallState, Limits, Powers};
use tokio::sync::SemaphorePermit;
use wasmtime::Store;

use crate::metered::{Ended, LONG, Metered};
use crate::ticker::Turns;
use crate::{
    Budget, CallError, Context, Cost, Emitted, ErrorCode, Input, Loaded, Outcome, Params, Sandbox, emitted,
    trap,
};

/// Data that the host copies out of a guest in one go, at least: a function's arguments or its result, in bytes.
const MIN_HOSTCALL_FUEL: usize = 32 << 20;
/// Live handles of one component instance.
const MAX_HANDLES: usize = 2_000;

/// One call of a node. Everything is borrowed: the text of items is copied once, into the guest.
#[derive(Debug, Clone)]
pub struct Call<'a> {
    pub params: Params<'a>,
    /// An attachment's `blob` is an index into `BlobPower::inputs`.
    pub inputs: &'a [Input<'a>],
    pub context: Context<'a>,
    /// Names of the output ports that the node has.
    pub ports: &'a [&'a str],
}

/// How a call ended, whatever it returned.
enum End {
    Guest(Ended<wasmtime::Result<Result<Returned, NodeError>>>),
    Cancelled,
    TimedOut,
}

impl Sandbox {
    /// Calls a node in a fresh instance, of which nothing is left afterwards. Waits for a place first.
    ///
    /// Dropping the future ends the call, too. Never panics and never takes longer than the budget, whatever the guest
    /// does; an interruption reaches a guest within some 20 ms.
    pub async fn call(&self, component: &Loaded, call: Call<'_>, powers: Powers, budget: &Budget) -> Outcome {
        let bytes_in = call.bytes();
        let Some(_place) = self.place(budget).await else {
            let cost = Cost {
                bytes_in,
                ..Cost::default()
            };
            return Outcome {
                result: Err(cancelled()),
                cost,
                dropped_lines: 0,
            };
        };
        let _ticking = self.0.ticker.during_call();
        let started = Instant::now();
        let mut store = self.store(powers, budget);
        let slow = component.habits.is_slow();
        let (end, guest_cpu) = self.run(&mut store, component, &call, budget, slow).await;
        let finish = || {
            let asked = store.data_mut().take_suspension();
            let set = store.data_mut().take_variables();
            let response = store.data_mut().take_response();
            let state = store.data();
            let judged = judge(end, state, &call, budget).and_then(|(mut emitted, bytes)| {
                emitted::check_suspension(asked, &mut emitted)?;
                emitted::check_variables(set, &mut emitted)?;
                emitted::check_response(response, &mut emitted)?;
                Ok((emitted, bytes))
            });
            let (result, bytes_out) = match judged {
                Ok((emitted, bytes)) => (Ok(emitted), bytes),
                Err(error) => (Err(error), 0),
            };
            let cost = Cost {
                wall: started.elapsed(),
                guest_cpu,
                peak_memory: state.memory.peak() as u64,
                bytes_in,
                bytes_out,
                capabilities: state.calls(),
            };
            let dropped_lines = state.finish_notes();
            // Giving memory back to the kernel takes its time, too.
            drop(store);
            Outcome {
                result,
                cost,
                dropped_lines,
            }
        };
        let outcome = if slow || guest_cpu >= LONG {
            self.0.lanes.run(finish)
        } else {
            finish()
        };
        component.habits.note(guest_cpu >= LONG);
        outcome
    }

    async fn place(&self, budget: &Budget) -> Option<SemaphorePermit<'_>> {
        match &budget.cancel {
            None => self.0.places.acquire().await.ok(),
            Some(cancel) => tokio::select! {
                biased;
                () = cancel.cancelled() => None,
                place = self.0.places.acquire() => place.ok(),
            },
        }
    }

    /// Instantiates and calls. Both within the same limits: a guest's start function is a guest's code.
    async fn run(
        &self,
        store: &mut Store<CallState>,
        component: &Loaded,
        call: &Call<'_>,
        budget: &Budget,
        slow: bool,
    ) -> (End, Duration) {
        let call = GuestCall {
            params: call.params.clone(),
            inputs: call.inputs,
            context: call.context.clone(),
        };
        let guest = pin!(async {
            let called = async {
                let node = component.node.instantiate_async(&mut *store).await?;
                node.call_run(&mut *store, call).await
            };
            let returned = called.await;
            let pause = store.data().pause();
            if !pause.is_zero() {
                tokio::time::sleep(pause).await;
            }
            returned
        });
        let mut guest = Metered::new(guest, budget.cpu, &self.0.lanes, slow);
        let cancelled = async {
            match &budget.cancel {
                Some(cancel) => cancel.cancelled().await,
                None => std::future::pending().await,
            }
        };
        let end = tokio::select! {
            biased;
            () = cancelled => End::Cancelled,
            ended = &mut guest => End::Guest(ended),
            () = tokio::time::sleep(budget.wall) => End::TimedOut,
        };
        (end, guest.used())
    }

    fn store(&self, powers: Powers, budget: &Budget) -> Store<CallState> {
        let limits = Limits {
            memory: budget.memory,
            host_calls: budget.host_calls,
            created_blob_bytes: budget.blob_bytes,
            ..Limits::default()
        };
        let mut store = Store::new(&self.0.engine, CallState::new(powers, &limits));
        store.limiter(|state| &mut state.memory);
        store.set_hostcall_fuel(MIN_HOSTCALL_FUEL.max(budget.output_bytes.saturating_mul(2)));
        store.set_max_component_handles(MAX_HANDLES);
        store.set_epoch_deadline(1);
        let mut turns = Turns::default();
        store.epoch_deadline_callback(move |store| {
            store.data().check_budget()?;
            Ok(turns.next())
        });
        store
    }
}

fn judge(end: End, state: &CallState, call: &Call<'_>, budget: &Budget) -> Result<(Emitted, u64), CallError> {
    let error = match end {
        End::Guest(Ended::Returned(Ok(Ok(returned)))) => {
            return emitted::check(returned, call, state, budget);
        }
        End::Guest(Ended::Returned(Ok(Err(error)))) => emitted::node_error(error, call)?,
        End::Guest(Ended::Returned(Err(error))) => trap::explain(&error, state),
        End::Guest(Ended::Panicked(message)) => {
            tracing::error!(message, "a host function panicked");
            return Err(CallError::new(
                ErrorCode::SandboxFault,
                "the host has a fault; the operator's log names it",
            ));
        }
        End::Guest(Ended::Exhausted) => {
            let message = format!("the node used its {} of processor time", seconds(budget.cpu));
            return Err(CallError::new(ErrorCode::TimedOut, message));
        }
        End::TimedOut => {
            let message = format!("the node was not done after {}", seconds(budget.wall));
            return Err(CallError::new(ErrorCode::TimedOut, message));
        }
        End::Cancelled => return Err(cancelled()),
    };
    Err(match state.denial() {
        Some(denial) => CallError {
            item: error.item,
            ..CallError::new(
                ErrorCode::Denied,
                format!("{}; the node then said: {}", denial.message, error.message),
            )
        },
        None => error,
    })
}

fn cancelled() -> CallError {
    CallError::new(ErrorCode::Cancelled, "the call was cancelled")
}

fn seconds(time: Duration) -> String {
    format!("{:.1} s", time.as_secs_f64())
}

impl Call<'_> {
    /// Of parameters and items, as JSON.
    fn bytes(&self) -> u64 {
        let params = match &self.params {
            Params::Shared(text) => text.len(),
            Params::PerItem(texts) => texts.iter().map(|text| text.len()).sum(),
        };
        let items = self.inputs.iter().flat_map(|input| input.items);
        (params + items.map(|item| item.json.len()).sum::<usize>()) as u64
    }
}
