use monshyflow_workflow::Workflow;

use crate::node_state::Stage;
use crate::step::Turn;
use crate::{AfterFailure, Cost, Effect, Event, Run, StepError, ready};

/// What a process does first with a run that it just replayed.
///
/// Steps that were started and have no result are called again as the same attempt, since whoever called them is gone;
/// if the run is about to end, they are recorded as interrupted instead. Retries wait again, with their full delay. Then
/// the run goes on, also where the history stops in the middle of what one `step` recorded.
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
        close_lost_steps(&mut turn);
    } else {
        call_again(&mut turn);
        wait_again(&mut turn);
    }
    ready::go_on(&mut turn);
    turn.effects
}

fn close_lost_steps(turn: &mut Turn<'_>) {
    for step in turn.run.pending_steps() {
        turn.record(Event::StepFailed {
            step,
            error: StepError::interrupted(),
            then: AfterFailure::Stop,
            outputs: Vec::new(),
            cost: Cost::default(),
        });
    }
}

fn call_again(turn: &mut Turn<'_>) {
    for step in turn.run.pending_steps() {
        let inputs = turn.run.inputs(turn.workflow, step.node);
        turn.perform(Effect::Call { step, inputs });
    }
}

fn wait_again(turn: &mut Turn<'_>) {
    let nodes: Vec<_> = turn.run.facts.retrying.iter().copied().collect();
    for node in nodes {
        let state = turn.run.facts.node(node);
        if let Stage::Retrying { delay_ms } = state.stage {
            let step = state.next_step(node);
            turn.perform(Effect::RetryAfter { step, delay_ms });
        }
    }
}
