//! What hostile guests can do to a call, to the host, and to each other: each gets its own error code, the sandbox
//! lives, and others keep going.
#![expect(clippy::unwrap_used, reason = "a test that cannot go on fails")]

mod contract;
mod harness;
mod mail;
mod neighbours;
mod powers;
mod publish;
mod response;
mod space;
mod stored;
mod time;
mod variables;
mod wat_guests;
mod world;
