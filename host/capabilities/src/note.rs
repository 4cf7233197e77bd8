//! What a guest says while it works.

/// For the run's history (`Log`) or for live viewers only.
#[derive(Debug, Clone, PartialEq)]
pub enum Note {
    Log {
        level: Level,
        message: String,
    },
    Progress {
        /// From 0 to 1.
        fraction: Option<f32>,
        message: String,
    },
    Partial {
        text: String,
    },
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Level {
    Debug,
    Info,
    Warn,
    Error,
}
