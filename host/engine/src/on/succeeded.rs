use std::collections::BTreeMap;

use monshyflow_items::{ItemList, Json};
use monshyflow_workflow::{NodeIndex, PortIndex};

use crate::step::Turn;
use crate::tokens::{may_leave_by, output_ports};
use crate::{Cost, Event, StepError, StepId, on};

pub(crate) fn succeeded(
    turn: &mut Turn<'_>,
    step: StepId,
    outputs: Vec<(PortIndex, ItemList)>,
    variables: Vec<(String, Json)>,
    cost: Cost,
) -> bool {
    if !turn.run.is_called(&step) {
        return false;
    }
    if let Some(error) = unknown_port(turn, step.node, &outputs) {
        return on::failed(turn, step, error, None, cost);
    }
    if let Some(error) = turn.run.facts.variables.refusal(&variables) {
        on::stopped(turn, step, error, cost);
        return true;
    }
    turn.record(Event::StepSucceeded {
        step,
        outputs: joined(outputs),
        variables: once_each(variables),
        cost,
    });
    true
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
