//! The host side of `wit/`: one module per interface, and the state of one call that they share.
//!
//! A capability decides nothing. `Powers`, computed by the caller before the call, says what the guest may do; the
//! modules here enforce it, bound it and count it. Everything of WASI 0.2 is linked, because toolchains import much that
//! they never use, and none of it reaches anything.

pub mod bindings;
pub mod blobs;
mod clocks;
mod count;
pub mod credentials;
pub mod http;
pub mod kv;
mod limits;
mod log;
pub mod mail;
mod memory;
pub mod note;
mod powers;
mod progress;
mod random;
pub mod response;
mod state;
mod stdio;
pub mod suspension;
mod transcript;
mod variables;

pub use clocks::RealClock;
pub use count::{Capability, Denial, Stop};
pub use limits::Limits;
pub use memory::{MAX_CORE_INSTANCES, MAX_MEMORIES, MAX_TABLES, MemoryLimit};
pub use powers::Powers;
pub use state::{CallState, link};
