//! Write a MonshyFlow node: one typed function and a `node.toml`.
//!
//! ```
//! use monshyflow_sdk::{Context, Item, NodeError, each};
//!
//! /// What people fill in; the doc comments become the form's help.
//! #[derive(serde::Deserialize, schemars::JsonSchema)]
//! #[serde(deny_unknown_fields)]
//! struct Params {
//!     /// Whom to greet.
//!     name: String,
//! }
//!
//! #[derive(serde::Serialize)]
//! struct Greeting {
//!     text: String,
//! }
//!
//! fn run(params: &Params, _item: Item, _context: &Context) -> Result<Greeting, NodeError> {
//!     Ok(Greeting { text: format!("Hello {}", params.name) })
//! }
//!
//! each!(run);
//! # fn main() {}
//! ```
//!
//! The SDK reads parameters (shared or one per item), runs the handler item by item ([`each!`]), in batches ([`batches!`]) or
//! once with everything ([`all!`]), says which items came from which, and turns errors into what the contract asks for.

// What the macros write, and the generated bindings, name this crate from inside and from outside.
extern crate self as monshyflow_sdk;

mod all;
mod attachment;
pub mod blobs;
mod call;
mod canonical;
pub mod clock;
#[cfg(feature = "conditions")]
pub mod conditions;
pub mod credentials;
mod each;
mod error;
#[cfg(feature = "http")]
pub mod http;
mod item;
pub mod kv;
pub mod log;
mod macros;
pub mod mail;
mod number;
mod object;
mod once;
mod output;
mod params;
mod path;
mod pointer;
pub mod progress;
#[cfg(feature = "random")]
pub mod random;
mod raw_json;
pub mod response;
#[cfg(not(target_family = "wasm"))]
mod schema;
pub mod suspension;
pub mod table;
mod value_type;
pub mod variables;

#[cfg(target_family = "wasm")]
#[path = "wasm/mod.rs"]
mod host;
#[cfg(not(target_family = "wasm"))]
#[path = "native/mod.rs"]
mod host;
#[cfg(not(target_family = "wasm"))]
pub mod testing;

pub use all::{Inputs, ItemParams, run_all, run_all_with_item_params};
pub use attachment::Attachment;
pub use call::{Call, CallParams, Context, CreatedItem, Input, ItemRef, Outcome, OutputItem};
pub use canonical::canonical;
pub use each::{Batched, Batching, pause, run_batches, run_each, run_each_or_all};
pub use error::{ErrorKind, NodeError};
#[cfg(target_family = "wasm")]
#[doc(hidden)]
pub use host::{bindings, border, rt};
pub use item::Item;
pub use number::Number;
pub use object::{IndexTooFar, Object};
pub use once::Once;
pub use output::{IntoOutput, MAIN, NewItem, Output};
pub use path::{InvalidPath, Path, Segment};
pub use raw_json::RawJson;
#[cfg(not(target_family = "wasm"))]
pub use schema::print_manifest;
pub use value_type::ValueType;
