//! Mail to a server at the wire: what arrives, and what a guest is told.
#![expect(clippy::unwrap_used, reason = "a test that cannot go on fails")]

mod abuse;
mod arrival;
mod support;
