use crate::step::Turn;
use crate::{AfterFailure, Cost, Effect, Event, StepError, StepId, Wait, on, rounds};

pub(crate) fn suspended(turn: &mut Turn<'_>, step: StepId, wait: Wait, state: String, cost: Cost) -> bool {
    if !turn.run.is_called(&step) {
        return false;
    }
    if turn.run.ending().is_some() {
        // Nobody will come back to it.
        turn.record(Event::StepFailed {
            step,
            error: StepError::interrupted(),
            then: AfterFailure::Stop,
            outputs: Vec::new(),
            cost,
        });
        return true;
    }
    if let Some(error) = refusal(turn, &step, &wait) {
        return on::failed(turn, step, error, None, cost);
    }
    let external = (!matches!(wait, Wait::Rounds { .. })).then(|| (step.clone(), wait.clone()));
    turn.record(Event::StepSuspended {
        step,
        wait,
        state,
        cost,
    });
    if let Some((step, wait)) = external {
        turn.perform(Effect::Wait { step, wait });
    }
    true
}

fn refusal(turn: &Turn<'_>, step: &StepId, wait: &Wait) -> Option<StepError> {
    if let Wait::Rounds { counts, .. } = wait {
        let state = turn.run.facts.node(&step.place());
        let pause = state.and_then(|state| state.pause.as_deref());
        if let Some(error) = rounds::refusal(turn.workflow, step.node, pause, counts.len()) {
            return Some(error);
        }
    }
    let name = &turn.workflow.node(step.node).name;
    (!wait.adds_up()).then(|| {
        let message = format!("node `{name}` cut its items into parts that do not add up to all of them");
        StepError::permanent("wrong-rounds", message)
    })
}
