//! One run as a state machine. Pure: no I/O, no time, no randomness, no async. A step is a value test.

mod cost;
mod effect;
mod event;
mod input;
mod run;
mod step_id;

pub use cost::Cost;
pub use effect::Effect;
pub use event::{AfterFailure, Event, LogLevel, SkipReason, StepError};
pub use input::Input;
pub use run::{Run, RunStatus};
pub use step_id::{Iteration, StepId};
