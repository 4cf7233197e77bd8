//! The journal on a real store in a temporary folder.

#![expect(clippy::unwrap_used, reason = "a test may panic")]

mod appending;
mod deferred;
mod fencing;
mod listing;
mod records;
mod segments;
mod support;
mod tailing;
