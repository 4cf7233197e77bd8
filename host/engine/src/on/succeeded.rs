use std::collections::BTreeMap;
use std::sync::Arc;

use monshyflow_items::{ItemList, Json};
use monshyflow_workflow::{NodeIndex, PortIndex};

use crate::step::Turn;
use crate::tokens::{may_leave_by, output_ports};
use crate::{Cost, Event, LogLevel, Response, StepError, StepId, on};

/// What a call that went well brought.
pub(crate) struct Success {
    pub(crate) outputs: Vec<(PortIndex, ItemList)>,
    pub(crate) variables: Vec<(String, Json)>,
    pub(crate) response: Option<Arc<Response>>,
    pub(crate) cost: Cost,
}

pub(crate) fn succeeded(turn: &mut Turn<'_>, step: StepId, success: Success) -> bool {
    if !turn.run.is_called(&step) {
        return false;
    }
    let Success {
        outputs,
        variables,
        response,
        cost,
    } = success;
    if let Some(error) = unknown_port(turn, step.node, &outputs) {
        return on::failed(turn, step, error, None, cost);
    }
    if let Some(error) = turn.run.facts.variables.refusal(&variables) {
        on::stopped(turn, step, error, cost);
        return true;
    }
    let response = first_answer(turn, &step, response);
    turn.record(Event::StepSucceeded {
        step,
        outputs: joined(outputs),
        variables: once_each(variables),
        response,
        cost,
    });
    true
}

/// A run answers once. Its author finds in the log why a later answer never arrived.
fn first_answer(
    turn: &mut Turn<'_>,
    step: &StepId,
    response: Option<Arc<Response>>,
) -> Option<Arc<Response>> {
    let first = turn.run.facts.answered.as_ref();
    if let (Some(first), Some(_)) = (first, &response) {
        let name = &turn.workflow.node(first.step.node).name;
        let message = format!("the run had answered already, at node `{name}`: this answer is dropped");
        turn.record(Event::Log {
            step: step.clone(),
            level: LogLevel::Warn,
            message,
        });
        return None;
    }
    response
}

/// A component that names ports which its manifest does not have must not lose items in silence.
fn unknown_port(turn: &Turn<'_>, node: NodeIndex, outputs: &[(PortIndex, ItemList)]) -> Option<StepError> {
    let node = turn.workflow.node(node);
    let (port, _) = outputs.iter().find(|(port, _)| !may_leave_by(node, *port))?;
    let (name, ports) = (&node.name, output_ports(node));
    let message = if port.0 < ports {
        format!("the loop `{name}` sent items to its output `body`, which only rounds have")
    } else {
        format!(
            "node `{name}` sent items to output port {}, but it has only {ports}",
            port.0
        )
    };
    Some(StepError::permanent("unknown-port", message))
}

/// Ascending by port, what was sent to one port in pieces joined in order.
fn joined(mut outputs: Vec<(PortIndex, ItemList)>) -> Vec<(PortIndex, ItemList)> {
    outputs.sort_by_key(|(port, _)| *port);
    outputs.dedup_by(|(port, items), (kept_port, kept)| {
        let same = port == kept_port;
        if same {
            kept.append(items);
        }
        same
    });
    outputs
}

/// By name.
fn once_each(variables: Vec<(String, Json)>) -> Vec<(String, Json)> {
    let last: BTreeMap<String, Json> = variables.into_iter().collect();
    last.into_iter().collect()
}
