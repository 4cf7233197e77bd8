use std::collections::BTreeMap;

use monshyflow_items::{Item, ItemList, Json};
use monshyflow_workflow::{Edge, NodeIndex, PortIndex, Workflow};

/// How much of a workflow a run is for.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Plan {
    /// Only this node and what it needs.
    pub to: Option<NodeIndex>,
    /// Items that were pinned stand in for calls of their nodes.
    pub pins: bool,
}

/// By node index: whether the node has a part in a run that begins at `trigger`.
///
/// A run may begin inside a body; then it stays there, as if the rest of the workflow did not exist.
pub(crate) fn reached(workflow: &Workflow, trigger: NodeIndex, plan: &Plan) -> Vec<bool> {
    let onward = |node: NodeIndex| {
        let edges = workflow.outgoing(node).iter();
        edges.filter(|edge| !workflow.is_next(edge)).map(|edge| edge.to)
    };
    let mut reached = spread(workflow, [trigger], onward);
    if let Some(to) = plan.to {
        let needed = needed(workflow, to);
        reached
            .iter_mut()
            .zip(needed)
            .for_each(|(reached, needed)| *reached &= needed);
    }
    reached
}

/// `to` and all that lead there. A loop that is done before `to` needs its whole body; a loop around `to` only what leads there.
fn needed(workflow: &Workflow, to: NodeIndex) -> Vec<bool> {
    let before = |edge: &Edge| {
        let body: &[NodeIndex] = if workflow.is_entry(edge) {
            &[]
        } else {
            workflow.body(edge.from)
        };
        std::iter::once(edge.from).chain(body.iter().copied())
    };
    let back = |node: NodeIndex| {
        let edges = workflow.incoming(node).iter();
        edges.filter(|edge| !workflow.is_next(edge)).flat_map(before)
    };
    let start = std::iter::once(to).chain(workflow.body(to).iter().copied());
    spread(workflow, start, back)
}

/// By node index: whether it is reached from `start`.
pub(crate) fn spread<I: Iterator<Item = NodeIndex>>(
    workflow: &Workflow,
    start: impl IntoIterator<Item = NodeIndex>,
    neighbours: impl Fn(NodeIndex) -> I,
) -> Vec<bool> {
    let mut reached = vec![false; workflow.nodes.len()];
    let mut open: Vec<NodeIndex> = start.into_iter().collect();
    while let Some(node) = open.pop() {
        if !std::mem::replace(&mut reached[node.0 as usize], true) {
            open.extend(neighbours(node));
        }
    }
    reached
}

/// What left a node, by ascending port.
pub(crate) type Outputs = Vec<(PortIndex, ItemList)>;

/// The pinned items as outputs. What is pinned for the body of a loop never leaves: there are no rounds.
pub(crate) fn pinned(workflow: &Workflow) -> BTreeMap<NodeIndex, Outputs> {
    let outputs = |(node, ports): (&NodeIndex, &monshyflow_workflow::Pinned)| {
        let body = workflow.loop_ports(*node).map(|ports| ports.body);
        let ports = ports.iter().filter(|(port, _)| Some(**port) != body);
        let lists = ports.map(|(port, items)| {
            (
                *port,
                ItemList::from_items(items.iter().map(|json| Item::new(Json::from_raw(json))).collect()),
            )
        });
        (*node, lists.collect())
    };
    workflow.pinned.iter().map(outputs).collect()
}
