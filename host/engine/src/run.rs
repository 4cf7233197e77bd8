use std::collections::{BTreeMap, BTreeSet};

use monshyflow_items::ItemList;
use monshyflow_workflow::NodeIndex;

use crate::ending::Ending;
use crate::frame::Frames;
use crate::layout::Layout;
use crate::plan::Outputs;
use crate::response::Answered;
use crate::variables::VariableFacts;
use crate::{Place, StepError, Wait};

/// Where a run stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum RunStatus {
    Queued,
    Running,
    /// For something outside alone: nothing is called, and no retry is to come.
    Waiting,
    Succeeded,
    Failed,
    Cancelled,
    TimedOut,
}

/// The state of one run: what its events say, and the little that the process which drives it said since.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Run {
    pub(crate) facts: Facts,
    pub(crate) told: Told,
}

/// What follows from the recorded events. Only `apply` changes it.
#[derive(Debug, Clone, Default, PartialEq)]
pub(crate) struct Facts {
    pub(crate) request: Option<Request>,
    pub(crate) started: bool,
    /// Empty before the request, like all that follow.
    pub(crate) layout: Layout,
    pub(crate) pins: BTreeMap<NodeIndex, Outputs>,
    pub(crate) frames: Frames,
    pub(crate) variables: VariableFacts,
    pub(crate) answered: Option<Answered>,
    /// Nodes whose turn it is to be called for the first time.
    pub(crate) callable: BTreeSet<Place>,
    /// Nodes whose turn it is and that are passed over: dead, disabled or pinned.
    pub(crate) skippable: BTreeSet<Place>,
    /// Steps that were started or resumed and have no result.
    pub(crate) in_flight: BTreeSet<Place>,
    /// Steps that wait for rounds or for something outside.
    pub(crate) suspended: BTreeSet<Place>,
    /// Those of them whose rounds are over.
    pub(crate) resumable: BTreeSet<Place>,
    /// Nodes with a failed attempt that another one follows.
    pub(crate) retrying: BTreeSet<Place>,
    /// Rounds that are over and whose items are in memory: iteration and loop.
    pub(crate) over: BTreeSet<Place>,
    /// Size of their items.
    pub(crate) kept: u64,
    /// The failure that ends the run.
    pub(crate) failure: Option<(NodeIndex, StepError)>,
    /// The terminal event.
    pub(crate) ended: Option<Ending>,
}

#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Request {
    pub(crate) trigger: NodeIndex,
    pub(crate) input: ItemList,
}

/// What no event says, so that it is lost with the process: whoever replays a run tells it again.
#[derive(Debug, Clone, Default, PartialEq)]
pub(crate) struct Told {
    /// How the run shall end as soon as no step is in flight.
    pub(crate) ending: Option<Ending>,
    /// Nodes whose next attempt is due, but waits for a free place.
    pub(crate) due: BTreeSet<Place>,
    /// Steps in flight that were resumed, but whose call waits for a free place.
    pub(crate) queued: BTreeSet<Place>,
}

impl Run {
    /// A run that nobody requested yet.
    pub fn new() -> Self {
        Self::default()
    }

    pub fn status(&self) -> RunStatus {
        match &self.facts.ended {
            Some(ending) => ending.status(),
            None if self.facts.started && self.facts.only_waits() => RunStatus::Waiting,
            None if self.facts.started => RunStatus::Running,
            None => RunStatus::Queued,
        }
    }

    /// The terminal event was recorded.
    pub fn is_finished(&self) -> bool {
        self.facts.ended.is_some()
    }

    /// How the run will end once no step is in flight, if that is settled already.
    pub(crate) fn ending(&self) -> Option<Ending> {
        self.told
            .ending
            .clone()
            .or_else(|| self.facts.ending_by_failure())
    }
}

impl Facts {
    fn ending_by_failure(&self) -> Option<Ending> {
        let (node, error) = self.failure.clone()?;
        Some(Ending::Failed {
            node: Some(node),
            error,
        })
    }

    /// The step there waits for other runs.
    pub(crate) fn has_children(&self, place: &Place) -> bool {
        let pause = self.node(place).and_then(|node| node.pause.as_ref());
        let wait = pause.and_then(|pause| pause.wait.as_ref());
        matches!(wait, Some(Wait::Children { .. })) && self.suspended.contains(place)
    }

    /// Loops that wait for rounds have something in them that is under way, or waits itself.
    fn only_waits(&self) -> bool {
        let busy = [
            &self.callable,
            &self.skippable,
            &self.in_flight,
            &self.resumable,
            &self.retrying,
        ];
        !self.suspended.is_empty() && busy.iter().all(|places| places.is_empty())
    }
}
