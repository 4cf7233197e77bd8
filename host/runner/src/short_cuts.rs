use std::collections::HashMap;

use monshyflow_engine::{Call, Run};
use monshyflow_items::ItemList;
use monshyflow_workflow::{NodeIndex, PortIndex};

/// Ways that are kept; when there are more, one begins anew.
const MOST: usize = 10_000;

/// Where an item was emitted: number `index` of what left by a port, or of what a call of a loop asked its rounds for.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub(crate) struct Spot {
    pub(crate) call: Call,
    /// Nothing for rounds.
    pub(crate) port: Option<PortIndex>,
    pub(crate) index: usize,
}

/// What items of rounds came from, as far as somebody asked. Without it the way back of an item that goes round a `while`
/// loop would be longer with each round.
#[derive(Debug, Default)]
pub(crate) struct ShortCuts(HashMap<(Spot, NodeIndex), Option<Spot>>);

impl Spot {
    pub(crate) fn is_of_round(&self) -> bool {
        self.port.is_none()
    }

    /// The list that the item stands in.
    pub(crate) fn list<'r>(&self, run: &'r Run) -> Option<&'r ItemList> {
        match self.port {
            None => run.round_items(&self.call),
            Some(port) => {
                let mut outputs = run.outputs_of(&self.call.place)?.iter();
                outputs.find(|(left, _)| *left == port).map(|(_, list)| list)
            }
        }
    }
}

impl ShortCuts {
    /// Nothing if nobody asked; the item of `ancestor` that the one there came from, if there is one.
    pub(crate) fn from(&self, spot: &Spot, ancestor: NodeIndex) -> Option<Option<Spot>> {
        self.0.get(&(spot.clone(), ancestor)).cloned()
    }

    pub(crate) fn add(&mut self, from: Spot, ancestor: NodeIndex, to: Option<Spot>) {
        if self.0.len() >= MOST {
            self.0.clear();
        }
        self.0.insert((from, ancestor), to);
    }
}
