use monshyflow_items::ItemList;

use crate::run::Facts;
use crate::{Place, Run};

impl Run {
    /// Lets go of the outputs of the oldest rounds that are over until those of the others take no more than `bytes`. The
    /// last round of a loop stays as long as something may look at it.
    pub fn forget_rounds_beyond(&mut self, bytes: u64) {
        let facts = &mut self.facts;
        let mut after: Option<Place> = None;
        while facts.kept > bytes {
            let next = match &after {
                None => facts.over.first(),
                Some(place) => {
                    let from = (std::ops::Bound::Excluded(place), std::ops::Bound::Unbounded);
                    facts.over.range::<Place, _>(from).next()
                }
            };
            let Some(place) = next.cloned() else { return };
            if !facts.is_looked_at(&place) {
                facts.forget_round(&place);
            }
            after = Some(place);
        }
    }

    /// The round of a step was forgotten, so that its inputs and outputs are no longer known.
    pub fn is_forgotten(&self, place: &Place) -> bool {
        self.facts.frame(place).is_some_and(|frame| frame.forgotten)
    }
}

impl Facts {
    /// It is the last one that is over as seen from a round around it that goes on, or from outside.
    fn is_looked_at(&self, round: &Place) -> bool {
        (0..round.iteration.len()).any(|depth| {
            let around = &round.iteration[..depth];
            let last = self.frames.last_over(round.node, around);
            self.goes_on(round, depth) && last.is_some_and(|(iteration, _)| *iteration == round.iteration)
        })
    }

    /// Whether the enclosing round of that depth is not over; what is outside of all loops always goes on.
    fn goes_on(&self, round: &Place, depth: usize) -> bool {
        let mut scope = self.layout.spot(round.node).and_then(|spot| spot.scope);
        for _ in depth + 1..round.iteration.len() {
            scope = scope.and_then(|node| self.layout.spot(node)?.scope);
        }
        depth == 0
            || self
                .frames
                .get(scope, &round.iteration[..depth])
                .is_some_and(|frame| !frame.is_over())
    }

    fn forget_round(&mut self, round: &Place) {
        self.over.remove(round);
        let Some(frame) = self.frames.get_mut(Some(round.node), &round.iteration) else {
            return;
        };
        frame.forgotten = true;
        frame.entry = ItemList::default();
        for node in &mut frame.nodes {
            node.outputs = Vec::new();
            node.pause = None;
        }
        self.kept = self.kept.saturating_sub(frame.size);
        let Some((number, outer)) = round.iteration.split_last() else {
            return;
        };
        let pause = self
            .node_at_mut(round.node, outer)
            .and_then(|node| node.pause.as_mut());
        // What a suspension asked for goes with its last round.
        if let Some(pause) = pause
            && let Some(position) = pause.asked_for(*number)
            && let Some(asked) = pause.asked.get_mut(position)
            && *number + 1 == asked.first + asked.count
        {
            asked.items = None;
        }
    }
}
