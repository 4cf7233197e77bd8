//! Places for runs in groups: groups take turns, within a group the earlier run goes first.

use std::collections::{BTreeMap, HashMap, VecDeque};
use std::fmt;
use std::hash::Hash;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use tokio::sync::oneshot;

use super::Turn;

/// Cheap to clone.
pub(crate) struct Gate<G: Clone + Eq + Hash>(Arc<Mutex<State<G>>>);

struct State<G: Clone + Eq + Hash> {
    free: usize,
    taken: usize,
    groups: HashMap<G, Group<G>>,
    /// Groups whose next run may have a place as soon as one is free, each once, the one whose turn it is first.
    ready: VecDeque<G>,
}

struct Group<G: Clone + Eq + Hash> {
    taken: usize,
    waiting: BTreeMap<Turn, Waiting<G>>,
    is_ready: bool,
}

struct Waiting<G: Clone + Eq + Hash> {
    /// Places that its group may have.
    limit: usize,
    sender: oneshot::Sender<Place<G>>,
}

/// A run's place, free again when this is dropped.
pub(crate) struct Place<G: Clone + Eq + Hash> {
    /// Nothing if nobody came for it.
    of: Option<(Gate<G>, G)>,
}

impl<G: Clone + Eq + Hash> Gate<G> {
    pub(crate) fn new(places: usize) -> Self {
        Self(Arc::new(Mutex::new(State {
            free: places,
            taken: 0,
            groups: HashMap::new(),
            ready: VecDeque::new(),
        })))
    }

    pub(crate) fn taken(&self) -> usize {
        self.state().taken
    }

    /// Waits for a place while the group has `limit` of them, or all are taken. It is in the queue from this call on, not only
    /// from the first poll of what is answered.
    pub(crate) fn enter(
        &self,
        group: &G,
        limit: usize,
        turn: Turn,
    ) -> impl Future<Output = Place<G>> + use<G> {
        let (sender, receiver) = oneshot::channel();
        {
            let mut state = self.state();
            let waiting = Waiting { limit, sender };
            state.group(group).waiting.insert(turn, waiting);
            state.look_at(group);
            state.give(self);
        }
        let leave = Leave {
            gate: self.clone(),
            group: group.clone(),
            turn,
        };
        async move {
            let place = receiver.await;
            drop(leave);
            match place {
                Ok(place) => place,
                // Who gives places lives as long as who waits.
                Err(_) => std::future::pending().await,
            }
        }
    }

    fn state(&self) -> MutexGuard<'_, State<G>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl<G: Clone + Eq + Hash> State<G> {
    fn group(&mut self, group: &G) -> &mut Group<G> {
        self.groups.entry(group.clone()).or_insert_with(|| Group {
            taken: 0,
            waiting: BTreeMap::new(),
            is_ready: false,
        })
    }

    /// After a change of the group.
    fn look_at(&mut self, name: &G) {
        let Some(group) = self.groups.get_mut(name) else {
            return;
        };
        let first = group.waiting.values().next();
        let may = first.is_some_and(|first| group.taken < first.limit);
        if may && !group.is_ready {
            group.is_ready = true;
            self.ready.push_back(name.clone());
        } else if group.taken == 0 && group.waiting.is_empty() && !group.is_ready {
            self.groups.remove(name);
        }
    }

    /// Gives away what is free, to one run of each group in turn.
    fn give(&mut self, gate: &Gate<G>) {
        while self.free > 0 {
            let Some(name) = self.ready.pop_front() else {
                return;
            };
            let group = self.group(&name);
            group.is_ready = false;
            let taken = group.taken;
            let first = group
                .waiting
                .first_entry()
                .filter(|first| taken < first.get().limit);
            if let Some(first) = first {
                let place = Place {
                    of: Some((gate.clone(), name.clone())),
                };
                match first.remove().sender.send(place) {
                    Ok(()) => {
                        group.taken += 1;
                        self.free -= 1;
                        self.taken += 1;
                    }
                    // Nobody waits for it any more: it was never taken, and dropping it must not give it back.
                    Err(mut place) => place.of = None,
                }
            }
            self.look_at(&name);
        }
    }
}

impl<G: Clone + Eq + Hash> Drop for Place<G> {
    fn drop(&mut self) {
        let Some((gate, group)) = self.of.take() else {
            return;
        };
        let mut state = gate.state();
        state.group(&group).taken -= 1;
        state.taken -= 1;
        state.free += 1;
        state.look_at(&group);
        state.give(&gate);
    }
}

/// Takes who waits out of the queue.
struct Leave<G: Clone + Eq + Hash> {
    gate: Gate<G>,
    group: G,
    turn: Turn,
}

impl<G: Clone + Eq + Hash> Drop for Leave<G> {
    fn drop(&mut self) {
        let mut state = self.gate.state();
        let left = match state.groups.get_mut(&self.group) {
            Some(group) => group.waiting.remove(&self.turn),
            None => None,
        };
        state.look_at(&self.group);
        state.give(&self.gate);
        drop(state);
        drop(left);
    }
}

impl<G: Clone + Eq + Hash> Clone for Gate<G> {
    fn clone(&self) -> Self {
        Self(self.0.clone())
    }
}

impl<G: Clone + Eq + Hash> fmt::Debug for Gate<G> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Gate").finish_non_exhaustive()
    }
}

impl<G: Clone + Eq + Hash> fmt::Debug for Place<G> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Place").finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use futures::FutureExt;
    use futures::future::BoxFuture;

    use super::*;

    const FEW: usize = 2;

    fn turn(arrived: u64) -> Turn {
        Turn {
            requested_at: 0,
            arrived,
        }
    }

    fn enter(gate: &Gate<char>, group: char, arrived: u64) -> BoxFuture<'static, Place<char>> {
        gate.enter(&group, FEW, turn(arrived)).boxed()
    }

    /// Those that have a place now, by their number.
    fn served(waiting: &mut Vec<(char, BoxFuture<'static, Place<char>>)>) -> Vec<(char, Place<char>)> {
        let mut served = Vec::new();
        waiting.retain_mut(|(name, future)| match future.now_or_never() {
            Some(place) => {
                served.push((*name, place));
                false
            }
            None => true,
        });
        served
    }

    #[test]
    fn a_hundred_of_one_tenant_delay_another_by_one_place() {
        let gate = Gate::new(1);
        let mut waiting: Vec<_> = (0..100)
            .map(|n| ('a', gate.enter(&'a', 100, turn(n)).boxed()))
            .collect();
        let mut served_now = served(&mut waiting);
        assert_eq!((served_now.len(), waiting.len()), (1, 99));
        waiting.push(('b', gate.enter(&'b', 100, turn(100)).boxed()));
        waiting.push(('b', gate.enter(&'b', 100, turn(101)).boxed()));
        let mut order = String::new();
        while let Some((name, place)) = served_now.pop() {
            order.push(name);
            drop(place);
            served_now = served(&mut waiting);
            assert!(served_now.len() <= 1);
        }
        assert_eq!(order.len(), 102);
        assert!(order.starts_with("aabab") || order.starts_with("abab"), "{order}");
    }

    #[test]
    fn a_group_has_no_more_than_its_limit_and_others_go_on() {
        let gate = Gate::new(10);
        let mut a: Vec<_> = (0..4).map(|n| enter(&gate, 'a', n)).collect();
        let mut places: Vec<_> = a.iter_mut().filter_map(|one| one.now_or_never()).collect();
        assert_eq!(places.len(), FEW);
        assert!(enter(&gate, 'b', 9).now_or_never().is_some());
        places.pop();
        let third = a.remove(2).now_or_never();
        assert!(third.is_some(), "the earlier one goes first");
        assert!(a.remove(2).now_or_never().is_none());
        assert_eq!(gate.taken(), FEW);
    }

    #[test]
    fn the_earlier_request_goes_first_whoever_came_first() {
        let gate = Gate::new(1);
        let held = enter(&gate, 'a', 0).now_or_never().unwrap();
        let late = enter(&gate, 'a', 8);
        let early = enter(&gate, 'a', 7);
        drop(held);
        let mut late = late;
        assert!((&mut late).now_or_never().is_none());
        assert!(early.now_or_never().is_some());
        assert!(late.now_or_never().is_some());
        assert_eq!(gate.taken(), 0);
    }

    #[test]
    fn who_goes_away_takes_no_place() {
        let gate = Gate::new(1);
        let held = enter(&gate, 'a', 0).now_or_never().unwrap();
        let (gone, served_but_gone, stays) =
            (enter(&gate, 'a', 1), enter(&gate, 'a', 2), enter(&gate, 'b', 3));
        drop(gone);
        drop(held);
        // It was given the place already and never came for it.
        drop(served_but_gone);
        assert!(stays.now_or_never().is_some());
        assert_eq!(gate.taken(), 0);
        assert!(gate.state().groups.is_empty());
    }
}
