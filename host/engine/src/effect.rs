use monshyflow_items::ItemList;

use crate::{Event, RunStatus, StepId};

/// What the shell must do, in this order.
#[derive(Debug, Clone, PartialEq)]
pub enum Effect {
    /// Append to the history.
    Record(Event),
    /// Call the node with these items by input port, and come back with `Input::Succeeded` or `Input::Failed`.
    Call { step: StepId, inputs: Vec<ItemList> },
    /// Come back with `Input::RetryDue { step }`.
    RetryAfter { step: StepId, delay_ms: u64 },
    /// Stop the call that is under way; it still comes back with `Failed`, best with the code `INTERRUPTED`.
    Interrupt { step: StepId },
    /// The terminal event was recorded.
    Finished(RunStatus),
}
