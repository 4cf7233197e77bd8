use monshyflow_items::ItemList;
use monshyflow_workflow::{NodeIndex, PortIndex, Workflow};

use crate::ending::Ending;
use crate::node_state::Stage;
use crate::run::{Request, Told};
use crate::{AfterFailure, Event, Run, SkipReason, StepId};

/// Changes a run by a fact that fits it: `step` makes only such, `replay` checks first.
pub(crate) fn apply(workflow: &Workflow, run: &mut Run, event: &Event) {
    match event {
        Event::RunRequested { trigger, input } => {
            run.facts.request = Some(Request {
                trigger: *trigger,
                input: input.clone(),
            });
            run.facts.reach(workflow, *trigger);
        }
        Event::RunStarted => run.facts.started = true,
        Event::StepStarted { step } => started(run, step),
        Event::StepSucceeded { step, outputs, .. } => {
            done(workflow, run, step.node, Stage::Succeeded, outputs.clone());
        }
        Event::StepFailed {
            step,
            error,
            then,
            outputs,
            ..
        } => {
            run.facts.node_mut(step.node).error = Some(error.clone());
            failed(workflow, run, step.node, *then, outputs);
        }
        Event::StepSkipped { node, reason, .. } => {
            let outputs = match reason {
                SkipReason::Dead => Vec::new(),
                SkipReason::Disabled => run.passed_through(workflow, *node),
            };
            run.facts.skippable.remove(node);
            done(workflow, run, *node, Stage::Skipped(*reason), outputs);
        }
        Event::Log { .. } | Event::Progress { .. } => {}
        Event::RunSucceeded => ended(run, Ending::Succeeded),
        Event::RunFailed { node, error } => ended(
            run,
            Ending::Failed {
                node: *node,
                error: error.clone(),
            },
        ),
        Event::RunCancelled => ended(run, Ending::Cancelled),
        Event::RunTimedOut => ended(run, Ending::TimedOut),
    }
}

fn started(run: &mut Run, step: &StepId) {
    run.facts.callable.remove(&step.node);
    run.facts.retrying.remove(&step.node);
    run.told.due.remove(&step.node);
    run.facts.in_flight.insert(step.node);
    let node = run.facts.node_mut(step.node);
    node.stage = Stage::InFlight;
    node.attempts = step.attempt;
}

fn failed(
    workflow: &Workflow,
    run: &mut Run,
    node: NodeIndex,
    then: AfterFailure,
    outputs: &[(PortIndex, ItemList)],
) {
    match then {
        AfterFailure::Retry { delay_ms } => {
            run.facts.in_flight.remove(&node);
            run.facts.retrying.insert(node);
            run.facts.node_mut(node).stage = Stage::Retrying { delay_ms };
        }
        AfterFailure::Stop => {
            run.facts.in_flight.remove(&node);
            let state = run.facts.node_mut(node);
            state.stage = Stage::Failed(then);
            let error = state.error.clone();
            if run.facts.failure.is_none() {
                run.facts.failure = error.map(|error| (node, error));
            }
        }
        AfterFailure::Continue | AfterFailure::Port => {
            done(workflow, run, node, Stage::Failed(then), outputs.to_vec());
        }
    }
}

fn done(
    workflow: &Workflow,
    run: &mut Run,
    node: NodeIndex,
    stage: Stage,
    mut outputs: Vec<(PortIndex, ItemList)>,
) {
    outputs.sort_by_key(|(port, _)| *port);
    run.facts.in_flight.remove(&node);
    let state = run.facts.node_mut(node);
    state.stage = stage;
    state.outputs = outputs;
    run.facts.resolve_outgoing(workflow, node);
}

/// Retries that were still to come are dropped, and so is what the process said about the run.
fn ended(run: &mut Run, ending: Ending) {
    for node in std::mem::take(&mut run.facts.retrying) {
        run.facts.node_mut(node).stage = Stage::Failed(AfterFailure::Stop);
    }
    run.facts.callable.clear();
    run.facts.skippable.clear();
    run.facts.ended = Some(ending);
    run.told = Told::default();
}
