//! What a node type says of itself: a JSON document in the component's custom section `monshyflow:node`, read without
//! running or compiling anything.

mod manifest;
mod section;
mod type_name;

pub use manifest::*;
pub use section::{SECTION, SectionError, embed, extract};
pub use type_name::{InvalidTypeName, TypeName};
