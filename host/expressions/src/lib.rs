//! Evaluates the expressions of a node's parameters. Paths and literals are resolved natively, on JSON text, along the path
//! only: big numbers stay as they are and what nobody looks at is never parsed. Everything else is JavaScript and goes, all
//! expressions and items at once, to the evaluator in the sandbox. Text that came from data is never scanned for expressions
//! again.

mod answers;
mod error;
mod evaluate;
mod fields;
mod inherited;
mod javascript;
mod question;
mod resolve;
mod response;
mod scope;
mod surroundings;
mod value;
mod with_evaluator;

pub use error::{ErrorKind, ExpressionError, Missing, MissingItem};
pub use resolve::{Resolved, resolve};
pub use scope::{Asked, Emitted, MAX_PARAMETER_BYTES, Output, Scope};
pub use surroundings::{Previous, Surroundings};
pub use with_evaluator::{Evaluation, JavaScript, resolve_with};
