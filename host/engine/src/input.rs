use std::sync::Arc;

use monshyflow_items::{ItemList, Json};
use monshyflow_workflow::{NodeIndex, PortIndex};

use crate::{CancelReason, Cost, Plan, Response, ResumedBy, StepError, StepId, Wait};

/// What happened outside that the run must react to.
#[derive(Debug, Clone, PartialEq)]
pub enum Input {
    /// Somebody wants the run; the first input. With a plan that is not the default, `trigger` may be any node: the input
    /// goes to its first port.
    Request {
        trigger: NodeIndex,
        input: ItemList,
        plan: Plan,
    },
    /// A worker holds the run.
    Start,
    /// `variables` are those of the run that the step sets; of several with one name the last counts. A `response` counts if it is
    /// the run's first.
    Succeeded {
        step: StepId,
        outputs: Vec<(PortIndex, ItemList)>,
        variables: Vec<(String, Json)>,
        response: Option<Arc<Response>>,
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
    /// The call ended, and the step shall be called again with `state` when what it waits for has come.
    Suspended {
        step: StepId,
        wait: Wait,
        state: String,
        cost: Cost,
    },
    /// What a step waits for outside has come. Without effect for a step that does not wait, or for something else.
    Resumed {
        step: StepId,
        by: ResumedBy,
        items: ItemList,
    },
    /// The delay of a failed attempt is over; `step` names the new attempt.
    RetryDue {
        step: StepId,
    },
    Cancel {
        reason: CancelReason,
    },
    TimeOut,
    /// The run cannot go on for a reason outside the graph.
    Abort {
        error: StepError,
    },
}
