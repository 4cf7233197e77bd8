use std::sync::{Arc, Mutex, MutexGuard, PoisonError, RwLock, RwLockReadGuard, RwLockWriteGuard};

use monshyflow_engine::Run;

use crate::short_cuts::ShortCuts;

/// A run that one drives while its steps look back at it: what an item came from does not change any more. Cheap to clone,
/// which a run of many rounds is not.
#[derive(Debug, Clone)]
pub(crate) struct SharedRun(Arc<Parts>);

#[derive(Debug)]
struct Parts {
    run: RwLock<Run>,
    short_cuts: Mutex<ShortCuts>,
}

impl SharedRun {
    pub(crate) fn new(run: Run) -> Self {
        Self(Arc::new(Parts {
            run: RwLock::new(run),
            short_cuts: Mutex::default(),
        }))
    }

    pub(crate) fn see(&self) -> RwLockReadGuard<'_, Run> {
        self.0.run.read().unwrap_or_else(PoisonError::into_inner)
    }

    /// Only for who drives it.
    pub(crate) fn change(&self) -> RwLockWriteGuard<'_, Run> {
        self.0.run.write().unwrap_or_else(PoisonError::into_inner)
    }

    pub(crate) fn short_cuts(&self) -> MutexGuard<'_, ShortCuts> {
        self.0.short_cuts.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
