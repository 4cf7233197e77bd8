use monshyflow_workflow::NodeIndex;

use crate::{Iteration, StepId};

/// One node in one round of the loops around it. In the order in which ready nodes are called: earlier rounds first.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Place {
    /// Empty outside loops.
    pub iteration: Iteration,
    pub node: NodeIndex,
}

impl Place {
    /// A node outside loops.
    pub fn outside(node: NodeIndex) -> Self {
        Self {
            iteration: Iteration::new(),
            node,
        }
    }

    pub(crate) fn step(&self, attempt: u32) -> StepId {
        StepId {
            node: self.node,
            iteration: self.iteration.clone(),
            attempt,
        }
    }
}

impl StepId {
    pub fn place(&self) -> Place {
        Place {
            iteration: self.iteration.clone(),
            node: self.node,
        }
    }
}
