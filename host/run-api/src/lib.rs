//! The HTTP and SSE face of the host: node types, workflows, runs and their events, and the operator's pages.
//! One operation per file: request, answer, documentation, handler. Errors meet HTTP in `refuse`.

mod code;
mod expressions;
mod node_types;
mod openapi;
mod operations;
mod page_query;
mod problems;
mod refuse;
mod router;
mod runs;
mod sse;
mod state;
mod workflows;

pub use code::ALL as CODES;
pub use openapi::openapi;
pub use operations::{ERROR_PAGES, drain_metrics};
pub use router::router;
pub use state::ApiState;
