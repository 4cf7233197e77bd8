//! For tests: servers at the wire, which a node's requests meet, and guests for the sandbox. Never mocks of our own types.

mod guests;
pub mod http;
mod http_ledger;
pub mod http_raw;
mod http_routes;
pub mod http_tls;
pub mod orders;
pub mod smtp;

pub use guests::{evaluator, http_probe, node, probe};
pub use http_ledger::{Ledger, Recorded};
