//! Loads components, gives one call exactly the powers it was granted, runs it within limits, and throws it away.
//!
//! The only user of wasmtime beside `capabilities`. It knows no tenant, run or workflow: bytes, powers and a budget go
//! in, an outcome and its cost come out.

mod budget;
mod cache;
mod call;
mod compile;
mod compile_child;
mod component;
mod emitted;
mod engine;
mod evaluate;
mod evaluator;
mod lanes;
mod metered;
mod outcome;
mod precheck;
mod priority;
#[cfg(target_os = "linux")]
mod processors;
mod publish_error;
mod sandbox;
mod ticker;
mod trap;

pub use monshyflow_capabilities::bindings::monshyflow::node::types::{
    AttachmentParam as Attachment, Context, Input, Item, Params,
};

pub use budget::Budget;
pub use call::Call;
pub use compile::{CompileChild, MAX_COMPILATIONS};
pub use compile_child::compile_child_main;
pub use component::Loaded;
pub use emitted::{Emitted, EmittedBlob, EmittedItem, EmittedPort};
pub use evaluator::{Evaluated, Evaluator, EvaluatorInstance, EvaluatorLimits};
pub use outcome::{CallError, Cost, ErrorCode, NodeErrorKind, Outcome};
pub use precheck::{MAX_BODY, MAX_COMPONENT, MAX_FUNCTIONS, MAX_NESTING, publish_check};
pub use priority::answer_promptly;
pub use publish_error::PublishError;
pub use sandbox::{Config, Sandbox, StartError};
