//! What edges bring to nodes. An edge is delivered (items), delivered empty, or dead.

use monshyflow_items::ItemList;
use monshyflow_workflow::{Edge, Node, NodeIndex, OnError, PortIndex, Workflow};

use crate::node_state::{NodeState, Stage};
use crate::run::{Facts, Request, Run};

/// Number of ports by which items may leave: with `onError: port` one more than the type has.
pub(crate) fn output_ports(node: &Node) -> u16 {
    let error_ports = u16::from(node.settings.on_error == OnError::Port);
    node.node_type.error_port().0.saturating_add(error_ports)
}

impl Run {
    /// What arrives at each input port of a node as far as its edges are delivered: the outputs of the nodes before it,
    /// joined in the order of the document. The trigger's only input is that of the run. Cheap, since lists are shared.
    pub fn inputs(&self, workflow: &Workflow, node: NodeIndex) -> Vec<ItemList> {
        let Some(known) = workflow.nodes.get(node.0 as usize) else {
            return Vec::new();
        };
        let mut inputs = vec![ItemList::default(); known.node_type.inputs.len()];
        if let Some(Request { trigger, input }) = &self.facts.request
            && *trigger == node
        {
            inputs = vec![input.clone()];
        } else if !self.facts.nodes.is_empty() {
            for edge in workflow.incoming(node) {
                let sent = self.facts.node(edge.from).output(edge.from_port);
                if let (Some(sent), Some(input)) = (sent, inputs.get_mut(edge.to_port.0 as usize)) {
                    input.append(sent);
                }
            }
        }
        inputs
    }
}

impl Facts {
    /// Finds what the trigger reaches and counts the edges that may bring something. All others are dead from the start.
    pub(crate) fn reach(&mut self, workflow: &Workflow, trigger: NodeIndex) {
        self.nodes = vec![NodeState::UNREACHED; workflow.nodes.len()];
        let mut open = vec![trigger];
        self.node_mut(trigger).stage = Stage::Waiting;
        while let Some(node) = open.pop() {
            for edge in workflow.outgoing(node) {
                let target = self.node_mut(edge.to);
                target.unresolved += 1;
                if target.stage == Stage::Unreached {
                    target.stage = Stage::Waiting;
                    open.push(edge.to);
                }
            }
        }
        self.node_mut(trigger).live = true;
        self.give_turn(workflow, trigger);
    }

    /// Resolves the edges out of a node that is done.
    pub(crate) fn resolve_outgoing(&mut self, workflow: &Workflow, node: NodeIndex) {
        for edge in workflow.outgoing(node) {
            let run_on_empty = workflow.node(edge.to).settings.run_on_empty;
            let sent = self.node(node).output(edge.from_port);
            let brings = sent.is_some_and(|items| run_on_empty || !items.is_empty());
            let target = self.node_mut(edge.to);
            target.live |= brings;
            target.unresolved = target.unresolved.saturating_sub(1);
            if target.unresolved == 0 && target.stage == Stage::Waiting {
                self.give_turn(workflow, edge.to);
            }
        }
    }

    fn give_turn(&mut self, workflow: &Workflow, node: NodeIndex) {
        let called = self.node(node).live && !workflow.node(node).disabled;
        let turns = if called {
            &mut self.callable
        } else {
            &mut self.skippable
        };
        turns.insert(node);
    }
}

impl Run {
    /// What a disabled node lets through: its first input, by its first output port. Dead if the first input is.
    pub(crate) fn passed_through(&self, workflow: &Workflow, node: NodeIndex) -> Vec<(PortIndex, ItemList)> {
        let delivered = |edge: &Edge| {
            edge.to_port == PortIndex(0) && self.facts.node(edge.from).output(edge.from_port).is_some()
        };
        let is_trigger = self
            .facts
            .request
            .as_ref()
            .is_some_and(|request| request.trigger == node);
        let has_output = !workflow.node(node).node_type.outputs.is_empty();
        if !has_output || !(is_trigger || workflow.incoming(node).iter().any(delivered)) {
            return Vec::new();
        }
        let first = self.inputs(workflow, node).into_iter().next();
        first.map(|items| (PortIndex(0), items)).into_iter().collect()
    }
}
