//! Servers at the wire for tests: what a node's requests meet. Never mocks of our own types.

pub mod http;
mod http_ledger;
pub mod http_raw;
mod http_routes;
pub mod http_tls;
pub mod orders;

pub use http_ledger::{Ledger, Recorded};
