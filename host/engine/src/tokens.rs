//! What edges bring to nodes. An edge is delivered (items), delivered empty, or dead.

use monshyflow_items::ItemList;
use monshyflow_workflow::{Edge, Node, NodeIndex, OnError, PortIndex, Workflow};

use crate::frame::Frame;
use crate::layout::{Layout, Scope};
use crate::node_state::{NodeState, Stage};
use crate::plan::Outputs;
use crate::run::{Facts, Run};
use crate::{Place, SkipReason, StepId};

/// Number of ports by which items may leave: with `onError: port` one more than the type has.
pub(crate) fn output_ports(node: &Node) -> u16 {
    let error_ports = u16::from(node.settings.on_error == OnError::Port);
    node.node_type.error_port().0.saturating_add(error_ports)
}

/// Items may leave by the port. The body of a loop gets them by rounds alone.
pub(crate) fn may_leave_by(node: &Node, port: PortIndex) -> bool {
    let body = node.node_type.loop_ports().map(|ports| ports.body);
    port.0 < output_ports(node) && Some(port) != body
}

/// The port by which items go on that a node did not work on, if it has one.
pub(crate) fn port_past(workflow: &Workflow, node: NodeIndex) -> Option<PortIndex> {
    match workflow.loop_ports(node) {
        Some(ports) => Some(ports.done),
        None => (!workflow.node(node).node_type.outputs.is_empty()).then_some(PortIndex(0)),
    }
}

impl Run {
    /// What arrives at each input port of a step as far as its edges are delivered, joined in the order of the document: the
    /// outputs of the nodes before it, and the items of the round. `next` holds what the rounds came to that the loop asked
    /// for last. The node that the run begins at gets the run's input. Cheap, since lists are shared.
    pub fn inputs(&self, workflow: &Workflow, step: &StepId) -> Vec<ItemList> {
        self.facts.inputs(workflow, &step.place())
    }
}

impl Frame {
    /// A frame in which nothing happened yet.
    pub(crate) fn new(workflow: &Workflow, layout: &Layout, scope: Scope) -> Self {
        let members = layout.members(scope);
        let state = |node: &NodeIndex| {
            let incoming = workflow.incoming(*node).iter();
            let counted = incoming.filter(|edge| layout.counts(workflow, edge));
            NodeState {
                unresolved: counted.count() as u32,
                ..NodeState::default()
            }
        };
        Self {
            nodes: members.iter().map(state).collect(),
            open: members.len() as u32,
            ..Self::default()
        }
    }
}

impl Facts {
    /// What left by a port in a round; nothing if the port is dead.
    pub(crate) fn output(&self, node: NodeIndex, iteration: &[u32], port: PortIndex) -> Option<&ItemList> {
        self.node_at(node, iteration)?.output(port)
    }

    /// What an edge brought in a round.
    pub(crate) fn brought(&self, workflow: &Workflow, edge: &Edge, iteration: &[u32]) -> Option<&ItemList> {
        if workflow.is_next(edge) {
            return None;
        }
        if workflow.is_entry(edge) {
            let entered = self.layout.counts(workflow, edge);
            let frame = self.frames.get(Some(edge.from), iteration)?;
            return (entered && !iteration.is_empty()).then_some(&frame.entry);
        }
        self.output(edge.from, iteration, edge.from_port)
    }

    pub(crate) fn is_trigger(&self, place: &Place) -> bool {
        let trigger = self.request.as_ref().map(|request| request.trigger);
        place.iteration.is_empty() && trigger == Some(place.node)
    }

    pub(crate) fn inputs(&self, workflow: &Workflow, place: &Place) -> Vec<ItemList> {
        let Some(known) = workflow.nodes.get(place.node.0 as usize) else {
            return Vec::new();
        };
        let mut inputs = vec![ItemList::default(); known.node_type.inputs.len()];
        if let Some(request) = self.request.as_ref().filter(|_| self.is_trigger(place)) {
            let first = Layout::first_port(workflow, place.node);
            if let Some(input) = inputs.get_mut(first.0 as usize) {
                *input = request.input.clone();
            }
        } else {
            for edge in workflow.incoming(place.node) {
                let sent = self.brought(workflow, edge, &place.iteration);
                if let (Some(sent), Some(input)) = (sent, inputs.get_mut(edge.to_port.0 as usize)) {
                    input.append(sent);
                }
            }
        }
        let pause = self.node(place).and_then(|node| node.pause.as_ref());
        if let (Some(ports), Some(pause)) = (workflow.loop_ports(place.node), pause)
            && let Some(input) = inputs.get_mut(ports.next.0 as usize)
        {
            *input = pause.next.clone();
        }
        inputs
    }

    /// The run itself as a frame, and the turn of the node that it begins at.
    pub(crate) fn begin(&mut self, workflow: &Workflow, trigger: NodeIndex) {
        self.frames.root = Frame::new(workflow, &self.layout, self.layout.base);
        let place = Place::outside(trigger);
        if let Some(state) = self.node_mut(&place) {
            state.live = true;
        }
        self.give_turn(workflow, place);
    }

    /// Resolves the edges out of a node that is done.
    pub(crate) fn resolve_outgoing(&mut self, workflow: &Workflow, place: &Place) {
        for edge in workflow.outgoing(place.node) {
            if workflow.is_entry(edge) || !self.layout.counts(workflow, edge) {
                continue;
            }
            let sent = self.output(place.node, &place.iteration, edge.from_port);
            let run_on_empty = workflow.node(edge.to).settings.run_on_empty;
            let wakes = sent.is_some_and(|items| run_on_empty || !items.is_empty());
            self.resolve(workflow, edge.to, &place.iteration, wakes);
        }
    }

    /// One edge into a node is resolved.
    pub(crate) fn resolve(&mut self, workflow: &Workflow, node: NodeIndex, iteration: &[u32], wakes: bool) {
        let Some(target) = self.node_at_mut(node, iteration) else {
            return;
        };
        target.live |= wakes;
        target.unresolved = target.unresolved.saturating_sub(1);
        if target.unresolved == 0 && target.stage == Stage::Waiting {
            let iteration = iteration.to_vec();
            self.give_turn(workflow, Place { iteration, node });
        }
    }

    fn give_turn(&mut self, workflow: &Workflow, place: Place) {
        let turns = match self.skip_reason(workflow, &place) {
            None => &mut self.callable,
            Some(_) => &mut self.skippable,
        };
        turns.insert(place);
    }

    /// Why a node whose turn it is is not called.
    pub(crate) fn skip_reason(&self, workflow: &Workflow, place: &Place) -> Option<SkipReason> {
        if !self.node(place).is_some_and(|node| node.live) {
            Some(SkipReason::Dead)
        } else if workflow.node(place.node).disabled {
            Some(SkipReason::Disabled)
        } else if self.pins.contains_key(&place.node) {
            Some(SkipReason::Pinned)
        } else {
            None
        }
    }

    /// What leaves a node that is not called.
    pub(crate) fn outputs_of_skipped(
        &self,
        workflow: &Workflow,
        place: &Place,
        reason: SkipReason,
    ) -> Outputs {
        match reason {
            SkipReason::Dead => Vec::new(),
            SkipReason::Disabled => self.passed_through(workflow, place),
            SkipReason::Pinned => self.pins.get(&place.node).cloned().unwrap_or_default(),
        }
    }

    /// What a disabled node lets through: its first input, by its first output port. A disabled loop lets `in` through by
    /// `done`, and there are no rounds. Dead if the first input is.
    fn passed_through(&self, workflow: &Workflow, place: &Place) -> Outputs {
        let first = Layout::first_port(workflow, place.node);
        let delivered =
            |edge: &Edge| edge.to_port == first && self.brought(workflow, edge, &place.iteration).is_some();
        let Some(port) = port_past(workflow, place.node) else {
            return Vec::new();
        };
        if !(self.is_trigger(place) || workflow.incoming(place.node).iter().any(delivered)) {
            return Vec::new();
        }
        let input = self.inputs(workflow, place).into_iter().nth(first.0 as usize);
        input.map(|items| (port, items)).into_iter().collect()
    }
}
