use monshyflow_items::{Cursor, ItemList, Moved};

use crate::spill::let_go;
use crate::{Resumed, Wait};

/// What a step keeps over its suspensions.
#[derive(Debug, Clone, Default, PartialEq)]
pub(crate) struct Pause {
    /// How often the step was resumed: the number of its present call, from 0.
    pub(crate) calls: u32,
    /// What it waits for outside, now.
    pub(crate) wait: Option<Wait>,
    /// The rounds under way.
    pub(crate) rounds: Option<Rounds>,
    /// What it said when it was suspended last.
    pub(crate) state: String,
    /// What the present call is told.
    pub(crate) resumed: Option<Resumed>,
    /// What the rounds of the last suspension came to.
    pub(crate) next: ItemList,
    /// All suspensions for rounds, in order.
    pub(crate) asked: Vec<Asked>,
    /// Rounds so far, which is the number of the next one.
    pub(crate) numbered: u32,
    /// Rounds by which the limit counts.
    pub(crate) spent: u32,
}

/// One suspension for rounds, as far as the way back of an item needs it.
#[derive(Debug, Clone, Default, PartialEq)]
pub(crate) struct Asked {
    /// The number of the call that asked.
    pub(crate) call: u32,
    /// The number of its first round.
    pub(crate) first: u32,
    pub(crate) count: u32,
    pub(crate) items: ItemList,
    /// By round: number of items of all results up to it. Empty as long as rounds are under way.
    pub(crate) ends: Vec<u32>,
}

/// The rounds of one suspension, some of them begun.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Rounds {
    pub(crate) first: u32,
    pub(crate) counts: Vec<u32>,
    concurrency: u32,
    /// The items of rounds that were not begun, and the index of the first of them.
    cursor: Cursor,
    index: u32,
    begun: u32,
    open: u32,
    results: Vec<ItemList>,
}

/// A round that shall begin.
pub(crate) struct NewRound {
    pub(crate) number: u32,
    pub(crate) entry: ItemList,
    pub(crate) entry_index: u32,
}

impl Rounds {
    pub(crate) fn new(first: u32, items: &ItemList, counts: &[u32], concurrency: u32) -> Self {
        Self {
            first,
            counts: counts.to_vec(),
            concurrency: concurrency.max(1),
            cursor: Cursor::new(items.clone()),
            index: 0,
            begun: 0,
            open: 0,
            results: vec![ItemList::default(); counts.len()],
        }
    }

    pub(crate) fn begin(&mut self) -> Option<NewRound> {
        let count = *self.counts.get(self.begun as usize)?;
        if self.open >= self.concurrency {
            return None;
        }
        let round = NewRound {
            number: self.first + self.begun,
            entry: self.cursor.take(count as usize),
            entry_index: self.index,
        };
        self.index += count;
        self.begun += 1;
        self.open += 1;
        Some(round)
    }

    pub(crate) fn end(&mut self, number: u32, result: ItemList) {
        let round = number.wrapping_sub(self.first) as usize;
        if let Some(kept) = self.results.get_mut(round) {
            *kept = result;
            self.open = self.open.saturating_sub(1);
        }
    }

    pub(crate) fn are_over(&self) -> bool {
        self.open == 0 && self.begun as usize == self.counts.len()
    }

    /// All results in the order of the rounds, and where each ends.
    pub(crate) fn joined(&self) -> (ItemList, Vec<u32>) {
        let (mut all, mut ends, mut end) = (ItemList::default(), Vec::new(), 0_u32);
        for result in &self.results {
            all.append(result);
            end = end.saturating_add(result.len() as u32);
            ends.push(end);
        }
        (all, ends)
    }
}

impl Pause {
    /// The suspension that a round belongs to.
    pub(crate) fn asked_for(&self, round: u32) -> Option<usize> {
        let after = self.asked.partition_point(|asked| asked.first <= round);
        let asked = self.asked.get(after.checked_sub(1)?)?;
        (round - asked.first < asked.count).then_some(after - 1)
    }

    pub(crate) fn forget_stored(&mut self, moved: &Moved) {
        if let Some(wait) = &mut self.wait {
            wait.forget_stored(moved);
        }
        if let Some(resumed) = &mut self.resumed {
            let_go(&mut resumed.items, moved);
        }
        let_go(&mut self.next, moved);
        self.asked
            .iter_mut()
            .for_each(|asked| let_go(&mut asked.items, moved));
        if let Some(rounds) = &mut self.rounds {
            rounds.cursor.forget_moved(moved);
            rounds.cursor.forget_stored();
            rounds.results.iter_mut().for_each(|items| let_go(items, moved));
        }
    }
}
