//! What a node type says of itself: a JSON document in the component's custom section `monshyflow:node`, read without
//! running or compiling anything.

mod error;
mod icon;
mod manifest;
mod node_toml;
mod parse;
mod schema;
mod section;
mod target;
mod type_name;
mod validate;

pub use error::{Fault, ManifestError};
pub use icon::MAX_ICON_BYTES;
pub use manifest::*;
pub use node_toml::{NodeToml, NodeTomlError, Parts, TomlLimits};
pub use schema::{Budget, OutOfBudget, Schema};
pub use section::{MAX_MANIFEST_BYTES, SECTION, SectionError, embed, extract};
pub use target::{check_target, includes_target};
pub use type_name::{InvalidTypeName, TypeName};
pub use validate::{MAX_DOCUMENTATION_BYTES, MAX_PORTS};
