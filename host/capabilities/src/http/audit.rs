use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use http::Method;
use tokio::sync::OwnedSemaphorePermit;
use tokio::time::Instant;
use wasmtime_wasi_http::Error;

use super::fault;
use super::target::Target;

/// Longest path in an entry, characters.
const PATH: usize = 512;

/// What one request was and what came of it. Never has the query, headers or bodies.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Audit {
    pub method: String,
    /// `http` or `https`; empty, as host and path, if the URL was malformed.
    pub scheme: &'static str,
    pub host: String,
    pub port: u16,
    /// Without the query, cut after 512 characters.
    pub path: String,
    /// None if no response came.
    pub status: Option<u16>,
    /// The name of the `wasi:http` error code, or `cancelled` if the guest or its deadline ended the request before a
    /// response. With a status: what ended the body.
    pub error: Option<&'static str>,
    /// Of the bodies, without headers.
    pub bytes_up: u64,
    pub bytes_down: u64,
    /// From the guest's call to the end of the response's body.
    pub wall: Duration,
}

/// Gets each entry when its request is over. Must not block.
pub type AuditSink = Arc<dyn Fn(Audit) + Send + Sync>;

/// Bytes of one request, and when its body last moved.
#[derive(Debug)]
pub(super) struct Meter {
    started: Instant,
    up: AtomicU64,
    down: AtomicU64,
    /// Milliseconds after `started`.
    moved: AtomicU64,
}

impl Meter {
    fn new() -> Self {
        let zero = || AtomicU64::new(0);
        Self {
            started: Instant::now(),
            up: zero(),
            down: zero(),
            moved: zero(),
        }
    }

    /// Counts bytes of the request's body; answers the total.
    pub(super) fn sent(&self, bytes: usize) -> u64 {
        self.touch();
        self.up.fetch_add(bytes as u64, Ordering::Relaxed) + bytes as u64
    }

    /// Counts bytes of the response's body; answers the total.
    pub(super) fn received(&self, bytes: usize) -> u64 {
        self.down.fetch_add(bytes as u64, Ordering::Relaxed) + bytes as u64
    }

    /// The request moved: it was connected, or a piece of its body was taken.
    pub(super) fn touch(&self) {
        let elapsed = u64::try_from(self.started.elapsed().as_millis()).unwrap_or(u64::MAX);
        self.moved.store(elapsed, Ordering::Relaxed);
    }

    pub(super) fn last_moved(&self) -> Instant {
        self.started + Duration::from_millis(self.moved.load(Ordering::Relaxed))
    }
}

/// One request from the guest's call to the end of the response's body: dropping it writes the entry, wherever it ends.
pub(super) struct Exchange {
    method: Method,
    target: Option<Target>,
    status: Option<u16>,
    error: Option<&'static str>,
    meter: Arc<Meter>,
    /// None if the call made so many requests that no more entries are written.
    sink: Option<AuditSink>,
    slot: Option<OwnedSemaphorePermit>,
}

impl Exchange {
    pub(super) fn new(method: Method, target: Option<Target>, sink: Option<AuditSink>) -> Self {
        Self {
            method,
            target,
            status: None,
            error: None,
            meter: Arc::new(Meter::new()),
            sink,
            slot: None,
        }
    }

    pub(super) fn meter(&self) -> &Arc<Meter> {
        &self.meter
    }

    /// The place among the call's concurrent requests, given back when this ends.
    pub(super) fn hold(&mut self, slot: OwnedSemaphorePermit) {
        self.slot = Some(slot);
    }

    pub(super) fn answered(&mut self, status: u16) {
        self.status = Some(status);
    }

    pub(super) fn failed(&mut self, error: &Error) {
        self.error = Some(fault::name(error));
    }
}

impl Drop for Exchange {
    fn drop(&mut self) {
        let Some(sink) = self.sink.take() else { return };
        let error = match (self.status, self.error) {
            (None, None) => Some("cancelled"),
            (_, error) => error,
        };
        let target = self.target.as_ref();
        let audit = Audit {
            method: self.method.to_string(),
            scheme: target.map_or("", |target| target.scheme.as_str()),
            host: target.map(|target| target.host.to_string()).unwrap_or_default(),
            port: target.map_or(0, |target| target.port),
            path: target
                .map(|target| target.path().chars().take(PATH).collect())
                .unwrap_or_default(),
            status: self.status,
            error,
            bytes_up: self.meter.up.load(Ordering::Relaxed),
            bytes_down: self.meter.down.load(Ordering::Relaxed),
            wall: self.meter.started.elapsed(),
        };
        // Not the path: some services put their secret there.
        tracing::info!(
            target: "monshyflow::egress",
            method = audit.method,
            scheme = audit.scheme,
            host = audit.host,
            port = audit.port,
            status = audit.status,
            error = audit.error,
            bytes_up = audit.bytes_up,
            bytes_down = audit.bytes_down,
            wall_ms = audit.wall.as_millis() as u64,
            "request of a node"
        );
        sink(audit);
    }
}
