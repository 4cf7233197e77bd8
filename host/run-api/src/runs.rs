//! Executions of workflows.

pub(crate) mod cancel;
pub(crate) mod events;
mod form_page;
pub(crate) mod get;
pub(crate) mod list;
pub(crate) mod live;
mod place;
pub(crate) mod rerun;
pub(crate) mod response;
pub(crate) mod resume;
pub(crate) mod start;
pub(crate) mod step;
mod wait;
