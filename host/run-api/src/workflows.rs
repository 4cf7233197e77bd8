//! Authored graphs and their published versions.

mod body;
pub(crate) mod check;
pub(crate) mod create;
pub(crate) mod delete;
pub(crate) mod get;
pub(crate) mod list;
mod place;
pub(crate) mod publish;
pub(crate) mod replace;
pub(crate) mod restore;
pub(crate) mod unpublish;
pub(crate) mod version;
pub(crate) mod versions;

pub(crate) use place::WorkflowPlace;
