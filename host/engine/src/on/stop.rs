use crate::ending::{Ending, INTERRUPTED};
use crate::step::Turn;
use crate::{CancelReason, Effect, StepError};

pub(crate) fn cancel(turn: &mut Turn<'_>, reason: CancelReason) -> bool {
    stop(turn, Ending::Cancelled { reason })
}

pub(crate) fn time_out(turn: &mut Turn<'_>) -> bool {
    stop(turn, Ending::TimedOut)
}

pub(crate) fn abort(turn: &mut Turn<'_>, error: StepError) -> bool {
    stop(turn, Ending::Failed { node: None, error })
}

/// The first reason to end is the one that counts.
fn stop(turn: &mut Turn<'_>, ending: Ending) -> bool {
    if turn.run.told.ending.is_some() || failed_by_itself(turn) {
        return false;
    }
    let interrupted_before = turn.run.ending().is_some();
    turn.run.told.ending = Some(ending);
    if !interrupted_before {
        interrupt_all(turn);
    }
    true
}

/// A failure by interruption alone is what is left of a wish that was lost with its process, and not a reason.
fn failed_by_itself(turn: &Turn<'_>) -> bool {
    turn.run
        .facts
        .failure
        .as_ref()
        .is_some_and(|(_, error)| error.code != INTERRUPTED)
}

/// Calls, and runs that are waited for. Steps that wait for something else are closed by `ready`, since nothing comes back
/// from them.
pub(crate) fn interrupt_all(turn: &mut Turn<'_>) {
    let queued = &turn.run.told.queued;
    let mut called = turn.run.pending_steps();
    called.retain(|step| !queued.contains(&step.place()));
    for step in called.into_iter().chain(turn.run.with_children()) {
        turn.perform(Effect::Interrupt { step });
    }
}
