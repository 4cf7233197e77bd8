use monshyflow_items::ItemList;
use monshyflow_workflow::{NodeIndex, PortIndex};

use crate::{Cost, StepError, StepId};

/// What happened outside that the run must react to.
#[derive(Debug, Clone, PartialEq)]
pub enum Input {
    /// Somebody wants the run; the first input.
    Request {
        trigger: NodeIndex,
        input: ItemList,
    },
    /// A worker holds the run.
    Start,
    Succeeded {
        step: StepId,
        outputs: Vec<(PortIndex, ItemList)>,
        cost: Cost,
    },
    /// `degraded` is what goes on by the first port or the port `error` if no further try is made: the step's input items with
    /// the error attached. The shell makes it when the node's `onError` is not `stop`, because the items may be stored.
    Failed {
        step: StepId,
        error: StepError,
        degraded: Option<ItemList>,
        cost: Cost,
    },
    /// The delay of a failed attempt is over; `step` names the new attempt.
    RetryDue {
        step: StepId,
    },
    Cancel,
    TimeOut,
    /// The run cannot go on for a reason outside the graph.
    Abort {
        error: StepError,
    },
}
