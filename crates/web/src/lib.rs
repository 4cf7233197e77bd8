//! What every HTTP face of this project shares: errors as problem+json in one place, extractors that refuse what they
//! do not know, the tenant behind a key, pages, preconditions, and a server that drains.

mod api_keys;
mod body;
pub mod code;
mod entity_tag;
mod fallback;
mod frame;
mod idempotency_key;
mod json;
mod no_body;
mod page;
mod path;
mod problem;
mod query;
mod serve;
mod tenant;

pub use api_keys::{ApiKey, ApiKeys, InvalidKeyHash, KeyHash};
pub use body::{JsonBytes, read_body};
pub use code::Code;
pub use entity_tag::{ETag, IfMatch};
pub use frame::frame;
pub use idempotency_key::IdempotencyKey;
pub use json::{Json, MIB, parse_json};
pub use no_body::NoBody;
pub use page::{Limit, Page};
pub use path::Path;
pub use problem::{Problem, ProblemDocument};
pub use query::{NoQuery, Query};
pub use serve::{ServeConfig, serve};
pub use tenant::Tenant;
