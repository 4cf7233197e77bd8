//! The crate from outside: a real server on port 0, asked by a client that sends exactly the bytes it is told.

#![expect(clippy::unwrap_used, reason = "a test that cannot go on fails")]

mod refusals;
mod serving;
mod support;
