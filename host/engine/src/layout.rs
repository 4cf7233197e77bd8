use std::collections::BTreeMap;

use monshyflow_workflow::{Edge, NodeIndex, PortIndex, Workflow};

use crate::Plan;
use crate::plan::reached;

/// Which nodes have a part in the run, and in which frame each of them stands. Follows from the request alone.
#[derive(Debug, Clone, Default, PartialEq)]
pub(crate) struct Layout {
    /// By node index; nothing for nodes without a part in the run.
    spots: Vec<Option<Spot>>,
    /// The nodes of each scope in ascending order, so that a frame is a list in that order.
    members: BTreeMap<Scope, Vec<NodeIndex>>,
    /// The scope that the run began in: nothing unless somebody tries a node inside a body.
    pub(crate) base: Scope,
}

/// The innermost loop around a node.
pub(crate) type Scope = Option<NodeIndex>;

#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) struct Spot {
    pub(crate) scope: Scope,
    /// Position among the members of the scope.
    pub(crate) position: u32,
}

impl Layout {
    pub(crate) fn of(workflow: &Workflow, trigger: NodeIndex, plan: &Plan) -> Self {
        let mut layout = Self {
            spots: vec![None; workflow.nodes.len()],
            members: BTreeMap::new(),
            base: workflow.scope_of(trigger),
        };
        let reached = reached(workflow, trigger, plan);
        for node in workflow.indices().filter(|node| reached[node.0 as usize]) {
            let scope = workflow.scope_of(node);
            let members = layout.members.entry(scope).or_default();
            let position = members.len() as u32;
            members.push(node);
            layout.spots[node.0 as usize] = Some(Spot { scope, position });
        }
        layout
    }

    pub(crate) fn spot(&self, node: NodeIndex) -> Option<Spot> {
        *self.spots.get(node.0 as usize)?
    }

    pub(crate) fn members(&self, scope: Scope) -> &[NodeIndex] {
        self.members.get(&scope).map_or(&[], Vec::as_slice)
    }

    /// The edge may bring something within a frame or into it. Edges from nodes without a part in the run are dead from the
    /// start, and those into `next` are no business of the frame.
    pub(crate) fn counts(&self, workflow: &Workflow, edge: &Edge) -> bool {
        let (Some(from), Some(to)) = (self.spot(edge.from), self.spot(edge.to)) else {
            return false;
        };
        !workflow.is_next(edge) && (from.scope == to.scope || to.scope == Some(edge.from))
    }

    /// Port by which items enter a node that a run begins at.
    pub(crate) fn first_port(workflow: &Workflow, node: NodeIndex) -> PortIndex {
        workflow
            .loop_ports(node)
            .map_or(PortIndex(0), |ports| ports.enter)
    }
}
