use monshyflow_items::ItemList;
use monshyflow_workflow::{NodeIndex, PortIndex, Workflow};

use crate::step::Turn;
use crate::tokens::port_past;
use crate::{AfterFailure, Cost, Effect, Event, StepError, StepId, on, retry};

pub(crate) fn failed(
    turn: &mut Turn<'_>,
    step: StepId,
    error: StepError,
    degraded: Option<ItemList>,
    cost: Cost,
) -> bool {
    if !turn.run.is_called(&step) {
        return false;
    }
    let node = turn.workflow.node(step.node);
    let ending = turn.run.ending().is_some();
    let then = if ending {
        AfterFailure::Stop
    } else {
        retry::after_failure(&node.settings, step.attempt, &error)
    };
    let outputs = degraded_outputs(turn.workflow, step.node, then, degraded);
    turn.record(Event::StepFailed {
        step: step.clone(),
        error,
        then,
        outputs,
        cost,
    });
    match then {
        AfterFailure::Retry { delay_ms } => {
            let step = step.place().step(step.attempt.saturating_add(1));
            turn.perform(Effect::RetryAfter { step, delay_ms });
        }
        AfterFailure::Stop if !ending => on::interrupt_all(turn),
        AfterFailure::Stop | AfterFailure::Continue | AfterFailure::Port => {}
    }
    true
}

/// A failure that ends the run whatever the author wants done about errors.
pub(crate) fn stopped(turn: &mut Turn<'_>, step: StepId, error: StepError, cost: Cost) {
    let ending = turn.run.ending().is_some();
    turn.record(Event::StepFailed {
        step,
        error,
        then: AfterFailure::Stop,
        outputs: Vec::new(),
        cost,
    });
    if !ending {
        on::interrupt_all(turn);
    }
}

/// Nothing if the node has no port by which the items could go on: the failure is in the history, and that is all.
fn degraded_outputs(
    workflow: &Workflow,
    node: NodeIndex,
    then: AfterFailure,
    degraded: Option<ItemList>,
) -> Vec<(PortIndex, ItemList)> {
    let port = match then {
        AfterFailure::Continue => port_past(workflow, node),
        AfterFailure::Port => Some(workflow.node(node).node_type.error_port()),
        AfterFailure::Retry { .. } | AfterFailure::Stop => None,
    };
    port.map(|port| (port, degraded.unwrap_or_default()))
        .into_iter()
        .collect()
}
