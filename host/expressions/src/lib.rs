//! Evaluates the expressions of a node's parameters. Paths and literals are resolved natively, on JSON text, along the path
//! only: big numbers stay as they are and what nobody looks at is never parsed. Text that came from data is never scanned
//! for expressions again.

mod error;
mod evaluate;
mod fields;
mod javascript;
mod resolve;
mod scope;
mod value;

pub use error::{ErrorKind, ExpressionError};
pub use resolve::{Resolved, resolve};
pub use scope::{MAX_PARAMETER_BYTES, Output, Scope};
