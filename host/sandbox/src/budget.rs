use std::time::Duration;

use tokio_util::sync::CancellationToken;

/// What one call may take.
#[derive(Debug, Clone)]
pub struct Budget {
    /// From the moment there is a place for the call, waiting for the world included.
    pub wall: Duration,
    /// Time in which the guest, or the host on its behalf, keeps a processor busy. Checked at each tick of 10 ms.
    pub cpu: Duration,
    /// All linear memories and tables together, in bytes.
    pub memory: usize,
    /// All output items' JSON together, in bytes.
    pub output_bytes: usize,
    pub output_items: usize,
    /// All binary data that the call makes, in bytes.
    pub blob_bytes: u64,
    /// Calls of the host's own interfaces.
    pub host_calls: u64,
    /// Ends the call from outside.
    pub cancel: Option<CancellationToken>,
}

impl Default for Budget {
    fn default() -> Self {
        Self {
            wall: Duration::from_secs(60),
            cpu: Duration::from_secs(10),
            memory: 64 << 20,
            output_bytes: 16 << 20,
            output_items: 100_000,
            blob_bytes: 256 << 20,
            host_calls: 10_000,
            cancel: None,
        }
    }
}
