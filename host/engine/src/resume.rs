use monshyflow_workflow::Workflow;

use crate::node_state::Stage;
use crate::step::Turn;
use crate::{Effect, Place, Run, Wait, ready};

/// What a process does first with a run that it just replayed.
///
/// Steps that were started and have no result are called again as the same attempt, and told the same if they were resumed
/// before, since whoever called them is gone; if the run is about to end, they are recorded as interrupted instead. Waits
/// for something outside are told to the shell again. Retries wait again: the effect names their full delay, and the shell
/// knows what of it has passed. Then the run goes on, also where the history stops in the middle of what one `step` recorded.
///
/// A wish to end the run (`Cancel`, `TimeOut`, `Abort`) is no part of the history until the terminal event: give it to
/// `step` again **before** this, so that no step of a run that ends anyway is called another time. Call this exactly once
/// after `replay`; a run that is still queued then goes on with `Input::Start`.
pub fn resume(workflow: &Workflow, run: &mut Run) -> Vec<Effect> {
    if run.is_finished() || run.facts.request.is_none() {
        return Vec::new();
    }
    let mut turn = Turn::new(workflow, run);
    if turn.run.ending().is_some() {
        for place in in_flight(&turn) {
            ready::close(&mut turn, &place);
        }
        // Whoever was stopping them is gone.
        wait_again(&mut turn, |wait| matches!(wait, Wait::Children { .. }));
        for step in turn.run.with_children() {
            turn.perform(Effect::Interrupt { step });
        }
    } else {
        call_again(&mut turn);
        wait_again(&mut turn, |_| true);
        retry_again(&mut turn);
    }
    ready::go_on(&mut turn);
    turn.effects
}

fn in_flight(turn: &Turn<'_>) -> Vec<Place> {
    turn.run.facts.in_flight.iter().cloned().collect()
}

/// Steps that were resumed may have waited for a place: then there are more in flight than may be called at once.
fn call_again(turn: &mut Turn<'_>) {
    let places = in_flight(turn);
    turn.run.told.queued = places.iter().cloned().collect();
    for place in places {
        if turn.free_places() > 0 {
            turn.run.told.queued.remove(&place);
            turn.call(&place);
        }
    }
}

fn wait_again(turn: &mut Turn<'_>, counts: impl Fn(&Wait) -> bool) {
    let waits: Vec<_> = turn
        .run
        .waits()
        .filter(|(_, wait)| counts(wait))
        .map(|(step, wait)| (step, wait.clone()))
        .collect();
    for (step, wait) in waits {
        turn.perform(Effect::Wait { step, wait });
    }
}

fn retry_again(turn: &mut Turn<'_>) {
    let places: Vec<_> = turn.run.facts.retrying.iter().cloned().collect();
    for place in places {
        if let Some(state) = turn.run.facts.node(&place)
            && let Stage::Retrying { delay_ms } = state.stage
        {
            let step = place.step(state.next_attempt());
            turn.perform(Effect::RetryAfter { step, delay_ms });
        }
    }
}
