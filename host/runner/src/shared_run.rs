use std::sync::{Arc, PoisonError, RwLock, RwLockReadGuard, RwLockWriteGuard};

use monshyflow_engine::Run;

/// A run that one drives while its steps look back at it: what an item came from does not change any more. Cheap to clone,
/// which a run of many rounds is not.
#[derive(Debug, Clone)]
pub(crate) struct SharedRun(Arc<RwLock<Run>>);

impl SharedRun {
    pub(crate) fn new(run: Run) -> Self {
        Self(Arc::new(RwLock::new(run)))
    }

    pub(crate) fn see(&self) -> RwLockReadGuard<'_, Run> {
        self.0.read().unwrap_or_else(PoisonError::into_inner)
    }

    /// Only for who drives it.
    pub(crate) fn change(&self) -> RwLockWriteGuard<'_, Run> {
        self.0.write().unwrap_or_else(PoisonError::into_inner)
    }
}
