//! Rounds of loops: they begin and end by what the events say of their nodes, and are no events of their own.

use monshyflow_items::ItemList;
use monshyflow_workflow::{NodeIndex, Workflow};

use crate::frame::Frame;
use crate::pause::{Asked, NewRound, Pause, Rounds};
use crate::run::Facts;
use crate::{Place, StepError};

/// Most rounds of one step of a loop, over all its suspensions. One for no rounds counts as one, so that it ends, too.
pub(crate) const MAX_ROUNDS: u32 = 100_000;

/// Why a step must not have the rounds that it asks for.
pub(crate) fn refusal(
    workflow: &Workflow,
    node: NodeIndex,
    pause: Option<&Pause>,
    counts: usize,
) -> Option<StepError> {
    let name = &workflow.node(node).name;
    if workflow.loop_ports(node).is_none() {
        let message =
            format!("node `{name}` asked for rounds, but its manifest does not say that it is a loop");
        return Some(StepError::permanent("not-a-loop", message));
    }
    let spent = pause.map_or(0, |pause| pause.spent) as usize;
    (spent + counts.max(1) > MAX_ROUNDS as usize).then(|| {
        let message = format!("the loop `{name}` asked for more than {MAX_ROUNDS} rounds");
        StepError::permanent("too-many-rounds", message)
    })
}

impl Facts {
    /// A loop was suspended for rounds.
    pub(crate) fn ask_for_rounds(
        &mut self,
        workflow: &Workflow,
        place: &Place,
        items: &ItemList,
        counts: &[u32],
        concurrency: u32,
    ) {
        let Some(pause) = self.node_mut(place).and_then(|node| node.pause.as_mut()) else {
            return;
        };
        let (first, count) = (pause.numbered, counts.len() as u32);
        pause.asked.push(Asked {
            call: pause.calls,
            first,
            count,
            items: items.clone(),
            ends: Vec::new(),
        });
        pause.rounds = Some(Rounds::new(first, items, counts, concurrency));
        pause.numbered += count;
        pause.spent += count.max(1);
        self.begin_rounds(workflow, place);
    }

    /// Begins as many rounds as may run; gives the loop its turn when all are over.
    fn begin_rounds(&mut self, workflow: &Workflow, place: &Place) {
        while let Some(round) = self.rounds_mut(place).and_then(Rounds::begin) {
            let mut iteration = place.iteration.clone();
            iteration.push(round.number);
            if self.begin_round(workflow, place.node, &iteration, round) {
                self.keep_result(workflow, place, &iteration);
            }
        }
        if !self.rounds_mut(place).is_some_and(|rounds| rounds.are_over()) {
            return;
        }
        if let Some(pause) = self.node_mut(place).and_then(|node| node.pause.as_mut())
            && let Some(rounds) = pause.rounds.take()
        {
            let (next, ends) = rounds.joined();
            pause.next = next;
            if let Some(asked) = pause.asked.last_mut() {
                asked.ends = ends;
            }
            self.resumable.insert(place.clone());
        }
    }

    /// Whether the round is over already, since nothing in it has a part in the run.
    fn begin_round(
        &mut self,
        workflow: &Workflow,
        body_of: NodeIndex,
        iteration: &[u32],
        round: NewRound,
    ) -> bool {
        let empty = round.entry.is_empty();
        let mut frame = Frame::new(workflow, &self.layout, Some(body_of));
        frame.entry = round.entry;
        frame.entry_index = round.entry_index;
        let over = frame.is_over();
        self.frames.insert(body_of, iteration.to_vec(), frame);
        for edge in workflow.outgoing(body_of) {
            if workflow.is_entry(edge) && self.layout.counts(workflow, edge) {
                let wakes = !empty || workflow.node(edge.to).settings.run_on_empty;
                self.resolve(workflow, edge.to, iteration, wakes);
            }
        }
        over
    }

    /// A node that is done may be the last of its round.
    pub(crate) fn node_done(&mut self, workflow: &Workflow, place: &Place) {
        let Some(spot) = self.layout.spot(place.node) else {
            return;
        };
        let Some(frame) = self.frames.get_mut(spot.scope, &place.iteration) else {
            return;
        };
        frame.open = frame.open.saturating_sub(1);
        if frame.is_over()
            && let Some(body_of) = spot.scope
        {
            self.round_over(workflow, body_of, &place.iteration);
        }
    }

    fn round_over(&mut self, workflow: &Workflow, body_of: NodeIndex, iteration: &[u32]) {
        let Some((_, outer)) = iteration.split_last() else {
            return;
        };
        let place = Place {
            iteration: outer.to_vec(),
            node: body_of,
        };
        self.keep_result(workflow, &place, iteration);
        self.begin_rounds(workflow, &place);
    }

    fn keep_result(&mut self, workflow: &Workflow, place: &Place, iteration: &[u32]) {
        let mut result = ItemList::default();
        for edge in workflow.incoming(place.node) {
            if workflow.is_next(edge)
                && let Some(sent) = self.output(edge.from, iteration, edge.from_port)
            {
                result.append(sent);
            }
        }
        if let Some(frame) = self.frames.get_mut(Some(place.node), iteration) {
            let outputs = frame.nodes.iter().flat_map(|node| &node.outputs);
            frame.size = frame.entry.size() + outputs.map(|(_, items)| items.size()).sum::<u64>();
            self.kept += frame.size;
            self.over.insert(Place {
                iteration: iteration.to_vec(),
                node: place.node,
            });
        }
        if let (Some(rounds), Some(number)) = (self.rounds_mut(place), iteration.last()) {
            rounds.end(*number, result);
        }
    }

    fn rounds_mut(&mut self, place: &Place) -> Option<&mut Rounds> {
        self.node_mut(place)?.pause.as_mut()?.rounds.as_mut()
    }
}
