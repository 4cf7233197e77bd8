use std::collections::HashSet;
use std::sync::Arc;

use monshyflow_items::{Item, ItemList, Moved};

use crate::Run;
use crate::frame::Frame;
use crate::run::Facts;

impl Run {
    /// If the rounds that are over hold more than `bytes` in memory: items of the oldest ones that only memory has, so many
    /// that the others hold half of it. To be brought to the object store and then let go of by `forget_stored`.
    pub fn rounds_beyond(&mut self, bytes: u64) -> Option<Vec<Arc<[Item]>>> {
        let facts = &mut self.facts;
        if facts.kept <= bytes {
            return None;
        }
        let (mut items, mut known) = (Vec::new(), HashSet::new());
        while facts.kept > bytes / 2
            && let Some(frame) = facts.next_over()
        {
            let lists = frame.lists().flat_map(ItemList::segments);
            let of_round = lists.filter_map(|segment| segment.only_in_memory());
            items.extend(of_round.filter(|items| known.insert(items.as_ptr())).cloned());
        }
        Some(items)
    }

    /// Lets go of all items that the object store also has; `moved` went there meanwhile.
    pub fn forget_stored(&mut self, moved: &Moved) {
        if let Some(request) = &mut self.facts.request {
            let_go(&mut request.input, moved);
        }
        for frame in self.facts.frames.all_mut() {
            let_go(&mut frame.entry, moved);
            for node in &mut frame.nodes {
                node.outputs
                    .iter_mut()
                    .for_each(|(_, items)| let_go(items, moved));
                if let Some(pause) = &mut node.pause {
                    pause.forget_stored(moved);
                }
            }
        }
    }
}

pub(crate) fn let_go(items: &mut ItemList, moved: &Moved) {
    items.forget_moved(moved);
    items.forget_stored();
}

impl Facts {
    /// The oldest round that is over, which counts no more.
    fn next_over(&mut self) -> Option<&Frame> {
        while let Some(round) = self.over.pop_first() {
            if let Some(frame) = self.frames.get(Some(round.node), &round.iteration) {
                self.kept = self.kept.saturating_sub(frame.size);
                return self.frames.get(Some(round.node), &round.iteration);
            }
        }
        None
    }
}

impl Frame {
    /// What the round began with, what left its nodes, and what loops in it asked their own rounds for.
    fn lists(&self) -> impl Iterator<Item = &ItemList> {
        let of_nodes = self.nodes.iter().flat_map(|node| {
            let outputs = node.outputs.iter().map(|(_, items)| items);
            let asked = node.pause.iter().flat_map(|pause| &pause.asked);
            outputs.chain(asked.map(|asked| &asked.items))
        });
        std::iter::once(&self.entry).chain(of_nodes)
    }
}
