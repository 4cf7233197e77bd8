use monshyflow_items::ItemList;
use monshyflow_workflow::{NodeIndex, PortIndex};

use crate::step::Turn;
use crate::tokens::output_ports;
use crate::{Cost, Event, StepError, StepId, on};

pub(crate) fn succeeded(
    turn: &mut Turn<'_>,
    step: StepId,
    outputs: Vec<(PortIndex, ItemList)>,
    cost: Cost,
) -> bool {
    if !turn.run.is_in_flight(&step) {
        return false;
    }
    if let Some(error) = unknown_port(turn, step.node, &outputs) {
        return on::failed(turn, step, error, None, cost);
    }
    turn.record(Event::StepSucceeded {
        step,
        outputs: joined(outputs),
        cost,
    });
    true
}

/// A component that names ports which its manifest does not have must not lose items in silence.
fn unknown_port(turn: &Turn<'_>, node: NodeIndex, outputs: &[(PortIndex, ItemList)]) -> Option<StepError> {
    let node = turn.workflow.node(node);
    let ports = output_ports(node);
    let (port, _) = outputs.iter().find(|(port, _)| port.0 >= ports)?;
    let message = format!(
        "node `{}` sent items to output port {}, but it has only {ports}",
        node.name, port.0
    );
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
