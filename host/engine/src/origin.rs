use monshyflow_items::ItemList;
use monshyflow_workflow::{NodeIndex, PortIndex, Workflow};

use crate::{Iteration, Place, Run};

/// One call of a step: `number` is 0 before the step was suspended for the first time and grows with each suspension.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct Call {
    pub place: Place,
    pub number: u32,
}

/// Where an item that arrived at an input port came from.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Origin {
    /// An output of a node, also one that a round of a loop left on `next`. What its item says of its sources is about the
    /// inputs of call number `call` of that step.
    Output {
        node: NodeIndex,
        iteration: Iteration,
        call: u32,
        port: PortIndex,
        index: usize,
    },
    /// An item of `Run::round_items` of the loop's call number `call`, which asked for the round. Its sources are about the
    /// inputs of that call.
    Round {
        node: NodeIndex,
        /// That of the loop's own step.
        iteration: Iteration,
        call: u32,
        index: usize,
    },
    /// The input of the run.
    Request { index: usize },
    /// What came when the step was resumed. An item says so by the port behind the last input port of its node.
    Resumed { index: usize },
}

/// Who brought what a step works on.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Delivery {
    pub node: NodeIndex,
    /// The output port that it left by.
    pub port: PortIndex,
    /// The round in which it left.
    pub iteration: Iteration,
}

impl Run {
    /// Who brought the first item of an input port; if it has none, the first edge of the document that was delivered. Nothing
    /// for the node that the run begins at.
    pub fn delivery(&self, workflow: &Workflow, place: &Place, port: PortIndex) -> Option<Delivery> {
        let call = Call {
            place: place.clone(),
            number: self.last_call(place).unwrap_or(0),
        };
        match self.origin(workflow, &call, port, 0) {
            Some(Origin::Output {
                node,
                iteration,
                port,
                ..
            }) => Some(Delivery {
                node,
                port,
                iteration,
            }),
            Some(Origin::Request { .. }) => None,
            _ => {
                let mut edges = workflow.incoming(place.node).iter();
                let edge =
                    edges.find(|edge| self.facts.brought(workflow, edge, &place.iteration).is_some())?;
                Some(Delivery {
                    node: edge.from,
                    port: edge.from_port,
                    iteration: place.iteration.clone(),
                })
            }
        }
    }

    /// Where the item number `index` of an input port came from.
    pub fn origin(&self, workflow: &Workflow, call: &Call, port: PortIndex, index: usize) -> Option<Origin> {
        let place = &call.place;
        let node = workflow.nodes.get(place.node.0 as usize)?;
        if usize::from(port.0) == node.node_type.inputs.len() {
            return Some(Origin::Resumed { index });
        }
        let is_next = workflow
            .loop_ports(place.node)
            .is_some_and(|ports| ports.next == port);
        if is_next {
            self.origin_of_result(workflow, call, index)
        } else if self.facts.is_trigger(place) {
            Some(Origin::Request { index })
        } else {
            self.origin_in(workflow, place.node, &place.iteration, port, index)
        }
    }

    /// Number of the last call of a step.
    pub fn last_call(&self, place: &Place) -> Option<u32> {
        let state = self.facts.node(place)?;
        Some(state.pause.as_ref().map_or(0, |pause| pause.calls))
    }

    /// All items of the rounds that a call of a loop asked for; nothing if it asked for none.
    pub fn round_items(&self, call: &Call) -> Option<&ItemList> {
        let asked = &self.facts.node(&call.place)?.pause.as_ref()?.asked;
        let position = asked
            .binary_search_by_key(&call.number, |asked| asked.call)
            .ok()?;
        Some(&asked[position].items)
    }

    /// Within one frame, edge by edge. For `next` of a loop the frame is that of the round.
    fn origin_in(
        &self,
        workflow: &Workflow,
        node: NodeIndex,
        iteration: &[u32],
        port: PortIndex,
        mut index: usize,
    ) -> Option<Origin> {
        let edges = workflow.incoming(node).iter();
        for edge in edges.filter(|edge| edge.to_port == port) {
            let sent = if workflow.is_next(edge) {
                self.facts.output(edge.from, iteration, edge.from_port)
            } else {
                self.facts.brought(workflow, edge, iteration)
            };
            let count = sent.map_or(0, ItemList::len);
            if index >= count {
                index -= count;
                continue;
            }
            if workflow.is_entry(edge) {
                return self.origin_of_entry(edge.from, iteration, index);
            }
            return Some(Origin::Output {
                node: edge.from,
                iteration: iteration.to_vec(),
                call: self.facts.calls(edge.from, iteration),
                port: edge.from_port,
                index,
            });
        }
        None
    }

    fn origin_of_entry(&self, body_of: NodeIndex, iteration: &[u32], index: usize) -> Option<Origin> {
        let frame = self.facts.frames.get(Some(body_of), iteration)?;
        let (round, outer) = iteration.split_last()?;
        let loop_step = Place {
            iteration: outer.to_vec(),
            node: body_of,
        };
        let pause = self.facts.node(&loop_step)?.pause.as_ref()?;
        let asked = pause.asked.get(pause.asked_for(*round)?)?;
        Some(Origin::Round {
            node: body_of,
            iteration: loop_step.iteration,
            call: asked.call,
            index: frame.entry_index as usize + index,
        })
    }

    /// Results of rounds stand on `next` of the call that follows the one which asked for them.
    fn origin_of_result(&self, workflow: &Workflow, call: &Call, index: usize) -> Option<Origin> {
        let place = &call.place;
        let asked = &self.facts.node(place)?.pause.as_ref()?.asked;
        let before = call.number.checked_sub(1)?;
        let position = asked.binary_search_by_key(&before, |asked| asked.call).ok()?;
        let asked = &asked[position];
        let round = asked.ends.partition_point(|end| *end as usize <= index);
        let start = round.checked_sub(1).map_or(0, |before| asked.ends[before]);
        (round < asked.ends.len()).then_some(())?;
        let mut iteration = place.iteration.clone();
        iteration.push(asked.first + round as u32);
        let next = workflow.loop_ports(place.node)?.next;
        self.origin_in(workflow, place.node, &iteration, next, index - start as usize)
    }
}

impl crate::run::Facts {
    fn calls(&self, node: NodeIndex, iteration: &[u32]) -> u32 {
        let pause = self.node_at(node, iteration).and_then(|node| node.pause.as_ref());
        pause.map_or(0, |pause| pause.calls)
    }
}
