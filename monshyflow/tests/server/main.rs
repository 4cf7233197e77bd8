//! The real server over HTTP and SSE, with a fresh store and real nodes.

mod api;
mod crash;
mod orders;
mod support;
