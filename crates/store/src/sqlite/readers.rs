use std::path::Path;
use std::sync::{Arc, Mutex, PoisonError};

use rusqlite::Connection;
use tokio::sync::Semaphore;

use super::schema;
use crate::Error;

/// Each keeps up to 1 MiB of pages.
const CONNECTIONS: usize = 4;

/// Read-only connections, used on tokio's blocking threads, which end by themselves when there is nothing to read.
#[derive(Debug, Clone)]
pub(super) struct Readers {
    idle: Arc<Mutex<Vec<Connection>>>,
    permits: Arc<Semaphore>,
}

impl Readers {
    pub(super) fn open(path: &Path) -> Result<Self, Error> {
        let connections: Result<Vec<_>, _> = (0..CONNECTIONS).map(|_| schema::open_reader(path)).collect();
        Ok(Self {
            idle: Arc::new(Mutex::new(connections?)),
            permits: Arc::new(Semaphore::new(CONNECTIONS)),
        })
    }

    pub(super) async fn with<T: Send + 'static>(
        &self,
        read: impl FnOnce(&Connection) -> Result<T, Error> + Send + 'static,
    ) -> Result<T, Error> {
        let permit = self.permits.clone().acquire_owned().await.map_err(|_| closed())?;
        let idle = self.idle.clone();
        let work = move || {
            let _permit = permit;
            let connection = idle
                .lock()
                .unwrap_or_else(PoisonError::into_inner)
                .pop()
                .ok_or_else(closed)?;
            let result = read(&connection);
            idle.lock()
                .unwrap_or_else(PoisonError::into_inner)
                .push(connection);
            result
        };
        tokio::task::spawn_blocking(work)
            .await
            .map_err(|error| Error::Unavailable(error.to_string()))?
    }

    /// Waits for the reads under way, and closes.
    pub(super) async fn close(&self) {
        let all = self.permits.acquire_many(CONNECTIONS as u32).await;
        self.permits.close();
        self.idle.lock().unwrap_or_else(PoisonError::into_inner).clear();
        drop(all);
    }
}

fn closed() -> Error {
    Error::Unavailable("it was closed".to_owned())
}
