use tokio::sync::mpsc;

use crate::blobs::BlobPower;
use crate::clocks::RealClock;
use crate::credentials::CredentialPower;
use crate::http::{AuditSink, HttpAccess};
use crate::kv::KvPower;
use crate::mail::MailPower;
use crate::note::Note;
use crate::suspension::SuspensionPower;

/// What one call may do. The default is nothing.
#[derive(Clone, Default)]
pub struct Powers {
    pub http: Option<HttpAccess>,
    /// Hears of every request that the guest makes or tries to make.
    pub http_audit: Option<AuditSink>,
    pub blobs: Option<BlobPower>,
    pub kv: Option<KvPower>,
    pub mail: Option<MailPower>,
    pub credentials: Option<CredentialPower>,
    pub suspension: SuspensionPower,
    /// What the guest says goes here, as long as there is room: a channel of 1,100 places holds all log lines of one
    /// call. What finds no place is counted.
    pub notes: Option<mpsc::Sender<Note>>,
    /// Determines the guest's randomness, unless it has the real one.
    pub seed: [u8; 32],
    /// What the guest's clock shows, unless it has the real one; milliseconds since 1970-01-01T00:00:00Z.
    pub run_time_ms: u64,
    /// The time of day, and with it a monotonic clock that moves.
    pub real_clock: Option<RealClock>,
    pub real_random: bool,
}
