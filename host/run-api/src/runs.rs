//! Executions of workflows.

pub(crate) mod cancel;
pub(crate) mod events;
pub(crate) mod get;
pub(crate) mod list;
pub(crate) mod live;
mod place;
pub(crate) mod start;
pub(crate) mod step;
