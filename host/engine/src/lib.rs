//! One run as a state machine. Pure: no I/O, no time, no randomness, no async. A step is a value test.
//!
//! [`step`] turns what happened outside into effects. Whatever it changes, it changes by applying an event that it also
//! records, so [`replay`] of the recorded events leads to the same state. What a process must tell a run anew after it
//! was replayed is said at [`resume`].

mod apply;
mod cost;
mod effect;
mod ending;
mod event;
mod input;
mod node_state;
mod on;
mod queries;
mod ready;
mod replay;
mod resume;
mod retry;
mod run;
mod step;
mod step_id;
mod tokens;

pub use cost::Cost;
pub use effect::Effect;
pub use ending::INTERRUPTED;
pub use event::{AfterFailure, Event, LogLevel, SkipReason, StepError};
pub use input::Input;
pub use queries::{StepState, StepSummary};
pub use replay::{ReplayError, replay};
pub use resume::resume;
pub use run::{Run, RunStatus};
pub use step::step;
pub use step_id::{Iteration, StepId};
