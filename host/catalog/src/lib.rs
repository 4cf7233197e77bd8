//! Published node types and workflow versions: immutable, found by digest, compiled once. Also, until `services/api` exists, the
//! drafts that people edit (docs/decisions/0003).

mod builtin;
mod catalog;
mod component;
mod draft;
mod error;
mod examples;
mod grant;
mod graph;
mod lookup;
mod node_type;
mod publish_node;
mod publish_workflow;
mod unsaved;
mod version;

pub use catalog::{Catalog, Config};
pub use component::{Component, Definition};
pub use draft::{DraftPage, WorkflowDraft};
pub use error::Error;
pub use grant::{Grant, default_grants, missing_capabilities};
pub use graph::Graph;
pub use node_type::{NodeTypeInfo, NodeTypePage};
pub use publish_node::PublishNodeError;
pub use publish_workflow::Which;
pub use version::{VersionInfo, VersionPage};
