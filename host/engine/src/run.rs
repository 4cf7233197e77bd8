/// Where a run stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum RunStatus {
    Queued,
    Running,
    Succeeded,
    Failed,
    Cancelled,
    TimedOut,
}

/// The state of one run, made of its events alone.
#[derive(Debug, Clone, PartialEq)]
pub struct Run;
