use crate::Template;

/// When runs of the workflow may begin beside each other. What a key is made of is a template over the run's first item.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Flow {
    pub concurrency: Option<ConcurrencyLimit>,
    pub rate: Option<RateLimit>,
    pub debounce: Option<Debounce>,
    pub singleton: Option<Singleton>,
}

#[derive(Debug, Clone, PartialEq)]
pub struct ConcurrencyLimit {
    /// Runs of a key that work at the same time.
    pub limit: u32,
    pub key: Template,
}

#[derive(Debug, Clone, PartialEq)]
pub struct RateLimit {
    /// Runs of a key that begin within any `period_ms`.
    pub limit: u32,
    pub period_ms: u64,
    pub key: Template,
}

#[derive(Debug, Clone, PartialEq)]
pub struct Debounce {
    /// From the last request of a key to the begin of its run.
    pub period_ms: u64,
    pub key: Template,
}

#[derive(Debug, Clone, PartialEq)]
pub struct Singleton {
    pub mode: SingletonMode,
    pub key: Template,
}

/// What becomes of a start while another run of its key has not ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum SingletonMode {
    /// It answers with that run.
    Skip,
    /// It ends that run.
    Cancel,
}

impl Flow {
    pub fn is_empty(&self) -> bool {
        *self == Self::default()
    }
}
