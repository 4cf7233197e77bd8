use std::collections::{HashMap, HashSet};
use std::ops::Range;

use bytes::Bytes;
use monshyflow_engine::{Call, Origin, Place, Run};
use monshyflow_ids::TenantId;
use monshyflow_items::{Item, ItemRef, Json, Segment, Source};
use monshyflow_journal::{Error, Journal};
use monshyflow_workflow::{NodeIndex, PortIndex, Workflow};

use crate::shared_run::SharedRun;
use crate::short_cuts::{ShortCuts, Spot};

/// Most steps back of one item: far more than the longest loop has rounds.
const MOST_STEPS: usize = 1_000_000;

/// What a run has done so far, for questions where the items of a call came from.
pub(crate) struct Lineage<'a> {
    pub(crate) journal: &'a Journal,
    pub(crate) tenant: &'a TenantId,
    pub(crate) workflow: &'a Workflow,
    pub(crate) run: &'a SharedRun,
    pub(crate) call: &'a Call,
    pub(crate) port: PortIndex,
}

#[derive(Debug, thiserror::Error)]
pub(crate) enum LineageError {
    #[error(transparent)]
    Unavailable(#[from] Error),
    #[error("item {item} is more than {MOST_STEPS} steps away from what it came from")]
    TooLong { item: usize },
}

/// The way back of one item.
struct Search {
    /// Its index into all items of the port.
    item: usize,
    /// What is still to be followed, last first.
    open: Vec<Sources>,
    /// An item on the way came from several, so that ways may meet again.
    branched: bool,
    seen: HashSet<Arrived>,
    /// The first item of a round on the way.
    first_round: Option<Spot>,
    steps: usize,
}

/// Of an item that a call emitted, from number `next` on.
struct Sources {
    call: Call,
    source: Source,
    next: usize,
}

/// An item where it arrived: index into all items of an input port of one call.
#[derive(Clone, PartialEq, Eq, Hash)]
struct Arrived {
    call: Call,
    port: PortIndex,
    index: usize,
}

/// An item where it was emitted.
struct Emitted {
    spot: Spot,
    segment: Segment,
    /// Into the segment.
    index: usize,
}

impl Lineage<'_> {
    /// The items of `ancestor` that these items of the port came from, each the first one if several went into it. All go
    /// back together, so that what they have in common is read once.
    pub(crate) async fn find(
        &self,
        items: Range<usize>,
        ancestor: NodeIndex,
    ) -> Result<HashMap<usize, Item>, LineageError> {
        let mut found = HashMap::new();
        let mut searches: Vec<Search> = items
            .map(|item| Search::new(self.call, self.port, item))
            .collect();
        while !searches.is_empty() {
            let mut reached = self.go_back(searches, ancestor)?;
            // Neighbours read the same segment.
            reached.sort_by(|(_, one), (_, other)| one.segment.object().cmp(&other.segment.object()));
            searches = Vec::with_capacity(reached.len());
            for (mut search, emitted) in reached {
                let loaded = self.journal.loaded(self.tenant, &emitted.segment).await?;
                let item = loaded.items().and_then(|items| items.get(emitted.index));
                let Some(item) = item else { continue };
                if emitted.spot.call.place.node == ancestor {
                    let in_memory = emitted.segment.items().is_some();
                    let item = if in_memory { item.clone() } else { alone(item) };
                    found.insert(search.item, item);
                    search.end(&mut self.run.short_cuts(), ancestor, Some(emitted.spot));
                } else {
                    search.follow(emitted.spot.call, item.source.clone());
                    searches.push(search);
                }
            }
            // A long way through memory waits for nothing.
            tokio::task::consume_budget().await;
        }
        Ok(found)
    }

    /// Each to the next item on its way back; those whose way ends are left out.
    fn go_back(
        &self,
        searches: Vec<Search>,
        ancestor: NodeIndex,
    ) -> Result<Vec<(Search, Emitted)>, LineageError> {
        let (run, mut short_cuts) = (self.run.see(), self.run.short_cuts());
        let mut reached = Vec::with_capacity(searches.len());
        for mut search in searches {
            match self.next_of(&mut search, &run, &short_cuts, ancestor)? {
                Some(emitted) => reached.push((search, emitted)),
                None => search.end(&mut short_cuts, ancestor, None),
            }
        }
        Ok(reached)
    }

    fn next_of(
        &self,
        search: &mut Search,
        run: &Run,
        short_cuts: &ShortCuts,
        ancestor: NodeIndex,
    ) -> Result<Option<Emitted>, LineageError> {
        while let Some(arrived) = search.next()? {
            let Some(mut spot) = self.origin(run, &arrived) else {
                continue;
            };
            if spot.is_of_round() && spot.call.place.node != ancestor {
                match short_cuts.from(&spot, ancestor) {
                    Some(Some(end)) => spot = end,
                    Some(None) => continue,
                    None => {
                        search.first_round.get_or_insert_with(|| spot.clone());
                    }
                }
            }
            if run.is_passed_over(&spot.call.place) && spot.call.place.node != ancestor {
                // Items of a disabled node still say where they came from before it.
                let ports = self.workflow.loop_ports(spot.call.place.node);
                let from = ItemRef {
                    port: ports.map_or(0, |ports| ports.enter.0),
                    index: spot.index as u32,
                };
                search.follow(spot.call, Source::One(from));
            } else if let Some(emitted) = emitted(run, spot) {
                return Ok(Some(emitted));
            }
        }
        Ok(None)
    }

    fn origin(&self, run: &Run, arrived: &Arrived) -> Option<Spot> {
        match run.origin(self.workflow, &arrived.call, arrived.port, arrived.index)? {
            Origin::Output {
                node,
                iteration,
                call,
                port,
                index,
            } => Some(Spot {
                call: Call {
                    place: Place { iteration, node },
                    number: call,
                },
                port: Some(port),
                index,
            }),
            Origin::Round {
                node,
                iteration,
                call,
                index,
            } => Some(Spot {
                call: Call {
                    place: Place { iteration, node },
                    number: call,
                },
                port: None,
                index,
            }),
            Origin::Request { .. } | Origin::Resumed { .. } => None,
        }
    }
}

impl Search {
    fn new(call: &Call, port: PortIndex, item: usize) -> Self {
        let mut search = Self {
            item,
            open: Vec::new(),
            branched: false,
            seen: HashSet::new(),
            first_round: None,
            steps: 0,
        };
        let from = ItemRef {
            port: port.0,
            index: item as u32,
        };
        search.follow(call.clone(), Source::One(from));
        search
    }

    fn follow(&mut self, call: Call, source: Source) {
        self.branched |= source.refs().len() > 1;
        self.open.push(Sources {
            call,
            source,
            next: 0,
        });
    }

    /// Whoever comes by the same round goes straight on. Where ways branched, another may have been the first.
    fn end(self, short_cuts: &mut ShortCuts, ancestor: NodeIndex, to: Option<Spot>) {
        if let Some(from) = self.first_round
            && !self.branched
        {
            short_cuts.add(from, ancestor, to);
        }
    }

    fn next(&mut self) -> Result<Option<Arrived>, LineageError> {
        while let Some(mut sources) = self.open.pop() {
            let Some(from) = sources.source.refs().get(sources.next).copied() else {
                continue;
            };
            let arrived = Arrived {
                call: sources.call.clone(),
                port: PortIndex(from.port),
                index: from.index as usize,
            };
            sources.next += 1;
            if sources.next < sources.source.refs().len() {
                self.open.push(sources);
            }
            if self.branched && !self.seen.insert(arrived.clone()) {
                continue;
            }
            self.steps += 1;
            if self.steps > MOST_STEPS {
                return Err(LineageError::TooLong { item: self.item });
            }
            return Ok(Some(arrived));
        }
        Ok(None)
    }
}

fn emitted(run: &Run, spot: Spot) -> Option<Emitted> {
    let mut index = spot.index;
    for segment in spot.list(run)?.segments() {
        let count = segment.count() as usize;
        if index < count {
            let segment = segment.clone();
            return Some(Emitted { spot, segment, index });
        }
        index -= count;
    }
    None
}

/// The item without the large object that it was read with.
fn alone(item: &Item) -> Item {
    Item {
        json: Json::from_checked(Bytes::copy_from_slice(item.json.bytes())),
        ..item.clone()
    }
}
