//! The way of guests' requests to the network, driven as the bindings of `wasi:http` drive it, against real servers on
//! loopback that an operator's exception allows.

#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

mod audit;
mod bodies;
mod bounds;
mod guest;
mod hostile_servers;
mod pool;
mod requests;
mod targets;
mod tls;
