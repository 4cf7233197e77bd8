use std::pin::pin;
use std::time::Duration;

use monshyflow_capabilities::MemoryLimit;
use wasmtime::Store;

use crate::evaluator::{Live, Shared};
use crate::metered::{Ended, LONG, Metered};
use crate::ticker::Turns;
use crate::{CallError, ErrorCode, Evaluated, EvaluatorInstance, EvaluatorLimits, trap};

/// An instance that grew beyond this is not kept: memory never shrinks.
const KEEP_BYTES: usize = 24 << 20;

enum End {
    Guest(Ended<wasmtime::Result<String>>),
    Cancelled,
    TimedOut,
}

impl EvaluatorInstance {
    /// Hands the request to the component. After any fault nothing of the instance is used again; the next call gets
    /// another one. Dropping the future ends the evaluation, too.
    ///
    /// # Errors
    ///
    /// A trap, or one of the limits.
    pub async fn evaluate(&self, request: &str, limits: &EvaluatorLimits) -> Result<Evaluated, CallError> {
        let cancelled = async {
            match &limits.cancel {
                Some(cancel) => cancel.cancelled().await,
                None => std::future::pending().await,
            }
        };
        let mut cancelled = pin!(cancelled);
        let live = async {
            let turn = self.turns.acquire().await.ok()?;
            let live = match self.shared.take(self.run) {
                Some(live) => live,
                None => self.shared.make(limits).await?,
            };
            Some((turn, live))
        };
        let found = tokio::select! {
            biased;
            () = &mut cancelled => return Err(stopped()),
            live = live => live,
        };
        let Some((_turn, mut live)) = found else {
            return Err(stopped());
        };
        let _ticking = self.shared.sandbox.0.ticker.during_call();
        live.store.set_epoch_deadline(1);
        let mut turns = Turns::default();
        live.store.epoch_deadline_callback(move |_| Ok(turns.next()));
        let slow = self.habits.is_slow();
        let lanes = &self.shared.sandbox.0.lanes;
        let (end, guest_cpu) = {
            let guest = pin!(ask(&self.shared, &mut live, request));
            let mut guest = Metered::new(guest, limits.cpu, lanes, slow);
            let end = tokio::select! {
                biased;
                () = &mut cancelled => End::Cancelled,
                ended = &mut guest => End::Guest(ended),
                () = tokio::time::sleep(limits.wall) => End::TimedOut,
            };
            (end, guest.used())
        };
        let peak_memory = live.store.data().peak();
        let result = judge(end, live.store.data(), limits);
        self.habits.note(guest_cpu >= LONG);
        let fit = peak_memory <= KEEP_BYTES && !live.store.data().refused();
        match &result {
            Ok(_) if fit => self.shared.rest(self.run, live),
            // Giving memory back to the kernel takes its time.
            _ if slow || guest_cpu >= LONG => lanes.run(|| drop(live)),
            _ => drop(live),
        }
        Ok(Evaluated {
            response: result?,
            guest_cpu,
            peak_memory: peak_memory as u64,
        })
    }
}

impl Shared {
    async fn make(&self, limits: &EvaluatorLimits) -> Option<Live> {
        let place = self.place().await?;
        let mut store = Store::new(&self.sandbox.0.engine, MemoryLimit::new(limits.memory));
        store.limiter(|memory| memory);
        store.set_hostcall_fuel(limits.response_bytes);
        Some(Live {
            store,
            function: None,
            _place: place,
        })
    }
}

async fn ask(shared: &Shared, live: &mut Live, request: &str) -> wasmtime::Result<String> {
    let function = match live.function {
        Some(function) => function,
        None => {
            let instance = shared.component.instantiate_async(&mut live.store).await?;
            let found = instance.get_func(&mut live.store, "evaluate");
            let found = found.ok_or_else(|| wasmtime::Error::msg("it exports no function `evaluate`"))?;
            *live.function.insert(found)
        }
    };
    let typed = function.typed::<(&str,), (String,)>(&live.store)?;
    let (response,) = typed.call_async(&mut live.store, (request,)).await?;
    Ok(response)
}

fn judge(end: End, memory: &MemoryLimit, limits: &EvaluatorLimits) -> Result<String, CallError> {
    let (code, message) = match end {
        End::Guest(Ended::Returned(Ok(response))) => return Ok(response),
        End::Guest(Ended::Returned(Err(error))) => {
            let (code, message) = trap::classify(&error, memory);
            (code.clone(), told(&code, message, memory))
        }
        End::Guest(Ended::Panicked(message)) => {
            tracing::error!(message, "the host panicked in an evaluation");
            let message = "the host has a fault; the operator's log names it";
            (ErrorCode::SandboxFault, message.to_owned())
        }
        End::Guest(Ended::Exhausted) => {
            let message = format!(
                "the expressions used their {} of processor time",
                seconds(limits.cpu)
            );
            (ErrorCode::TimedOut, message)
        }
        End::TimedOut => {
            let message = format!("the expressions were not done after {}", seconds(limits.wall));
            (ErrorCode::TimedOut, message)
        }
        End::Cancelled => return Err(stopped()),
    };
    Err(CallError::new(code, message))
}

/// In words that suit expressions.
fn told(code: &ErrorCode, message: String, memory: &MemoryLimit) -> String {
    match code {
        ErrorCode::OutOfMemory => {
            let mib = memory.cap() >> 20;
            format!("the expressions and their data needed more than {mib} MiB of memory")
        }
        ErrorCode::StackOverflow => "the functions of an expression call each other too deep".to_owned(),
        ErrorCode::OutputTooLarge => "the expressions gave more data at once than they may".to_owned(),
        ErrorCode::Trapped => message.replacen("the node", "the evaluation", 1),
        _ => message,
    }
}

fn stopped() -> CallError {
    CallError::new(ErrorCode::Cancelled, "the evaluation was cancelled")
}

fn seconds(time: Duration) -> String {
    format!("{:.1} s", time.as_secs_f64())
}
