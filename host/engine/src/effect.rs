use monshyflow_items::ItemList;

use crate::{Event, Resumed, RunStatus, StepId, Wait};

/// What the shell must do, in this order.
#[derive(Debug, Clone, PartialEq)]
pub enum Effect {
    /// Append to the history.
    Record(Event),
    /// Call the node with these items by input port, and come back with `Input::Succeeded`, `Failed` or `Suspended`.
    Call {
        step: StepId,
        inputs: Vec<ItemList>,
        /// Present once the step was suspended.
        resumed: Option<Resumed>,
    },
    /// Come back with `Input::Resumed` when this has happened. Nothing is in flight for the step until then.
    Wait { step: StepId, wait: Wait },
    /// Come back with `Input::RetryDue { step }`.
    RetryAfter { step: StepId, delay_ms: u64 },
    /// Stop the call that is under way; it still comes back with `Failed`, best with the code `INTERRUPTED`. Or, for a step
    /// that waits for other runs, stop those; when none of them goes on, come back with `Resumed` as if all had ended.
    Interrupt { step: StepId },
    /// The terminal event was recorded.
    Finished(RunStatus),
}
