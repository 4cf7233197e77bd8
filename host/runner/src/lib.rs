//! The imperative shell around the engine: lease, step, append, perform, until the run has ended.

mod alarm;
mod batch;
mod blob_store;
mod call;
mod call_batch;
mod children;
mod convert;
mod degrade;
mod drive;
mod egress;
mod error;
mod gather;
mod inspect;
mod javascript;
mod kv_store;
mod lineage;
mod metrics;
mod parameters;
mod powers;
mod preview;
mod recover;
mod rerun;
mod runner;
mod signal;
mod start;
mod view;
mod waiting;

pub use egress::{EgressRule, InvalidEgressRule};
pub use error::Error;
pub use monshyflow_expressions::ExpressionError;
pub use preview::{PreviewError, PreviewIn, PreviewRequest};
pub use rerun::{RerunRequest, RunLineage};
pub use runner::{Config, Limits, Runner};
pub use start::{StartRequest, Started};
pub use view::{ErrorView, PortItems, RunPage, RunView, StepItems, StepView};
