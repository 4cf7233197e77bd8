use monshyflow_items::{ItemList, Moved};

use crate::spill::let_go;

/// What a step that was suspended waits for.
#[derive(Debug, Clone, PartialEq)]
pub enum Wait {
    /// Rounds of its body, which the engine sees to. Only loops.
    Rounds {
        items: ItemList,
        /// Number of items of each round, in order; together they are all of `items`.
        counts: Vec<u32>,
        /// Rounds at the same time; 0 counts as 1.
        concurrency: u32,
    },
    /// Milliseconds since 1970.
    Time { until_ms: u64 },
    Signal {
        until_ms: Option<u64>,
        /// JSON for the shell.
        details: Option<String>,
    },
    /// Runs of other workflows.
    Children {
        items: ItemList,
        /// Number of items of each child, in order; together they are all of `items`.
        counts: Vec<u32>,
        /// JSON for the shell: which workflow, and how.
        details: String,
        until_ms: Option<u64>,
    },
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ResumedBy {
    Rounds,
    Time,
    Signal,
    TimedOut,
    Children,
}

/// What a step that is called again after a suspension is told.
#[derive(Debug, Clone, PartialEq)]
pub struct Resumed {
    pub by: ResumedBy,
    /// What the step said when it was suspended.
    pub state: String,
    /// What came. Empty after rounds: their results are on the input `next`.
    pub items: ItemList,
}

impl Wait {
    /// The parts that the items are cut into are all of them.
    pub(crate) fn adds_up(&self) -> bool {
        match self {
            Self::Rounds { items, counts, .. } | Self::Children { items, counts, .. } => {
                counts.iter().map(|count| u64::from(*count)).sum::<u64>() == items.len() as u64
            }
            Self::Time { .. } | Self::Signal { .. } => true,
        }
    }

    pub(crate) fn ends_by(&self, by: ResumedBy) -> bool {
        match self {
            Self::Rounds { .. } => false,
            Self::Time { .. } => by == ResumedBy::Time,
            Self::Signal { .. } => matches!(by, ResumedBy::Signal | ResumedBy::TimedOut),
            Self::Children { .. } => matches!(by, ResumedBy::Children | ResumedBy::TimedOut),
        }
    }

    pub(crate) fn forget_stored(&mut self, moved: &Moved) {
        match self {
            Self::Rounds { items, .. } | Self::Children { items, .. } => let_go(items, moved),
            Self::Time { .. } | Self::Signal { .. } => {}
        }
    }
}
