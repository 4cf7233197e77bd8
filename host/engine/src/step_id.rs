use monshyflow_workflow::NodeIndex;

/// Round numbers of the enclosing loops, outermost first; empty outside loops.
pub type Iteration = Vec<u32>;

/// One call of one node in one run.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct StepId {
    pub node: NodeIndex,
    pub iteration: Iteration,
    /// From 1.
    pub attempt: u32,
}
