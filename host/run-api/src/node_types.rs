//! Components that workflows are made of.

mod body;
pub(crate) mod delete;
pub(crate) mod get;
pub(crate) mod grants;
pub(crate) mod list;
mod place;
pub(crate) mod set_grants;
pub(crate) mod upload;
mod wasm;
