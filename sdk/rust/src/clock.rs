//! The time.

/// Milliseconds since 1970-01-01T00:00:00Z: now, if the node has the capability `clock`; otherwise when the run started.
/// In native tests always the latter.
pub fn now_ms() -> f64 {
    crate::host::now_ms()
}
