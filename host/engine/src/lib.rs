//! One run as a state machine. Pure: no I/O, no time, no randomness, no async. A step is a value test.
//!
//! [`step`] turns what happened outside into effects. Whatever it changes, it changes by applying an event that it also
//! records, so [`replay`] of the recorded events leads to the same state. What a process must tell a run anew after it
//! was replayed is said at [`resume`].
//!
//! The state of nodes is kept in frames: one for the run itself, and one for each round of each loop. Rounds begin and end by
//! what the events say of their nodes.

mod apply;
mod cost;
mod effect;
mod ending;
mod event;
mod frame;
mod input;
mod layout;
mod node_state;
mod on;
mod origin;
mod pause;
mod place;
mod plan;
mod queries;
mod ready;
mod reopen;
mod replay;
mod response;
mod resume;
mod retry;
mod rounds;
mod run;
mod seen;
mod spill;
mod step;
mod step_id;
mod tokens;
mod variables;
mod wait;

pub use cost::Cost;
pub use effect::Effect;
pub use ending::{CancelReason, INTERRUPTED};
pub use event::{AfterFailure, Event, LogLevel, SkipReason, StepError};
pub use input::Input;
pub use origin::{Call, Delivery, Origin};
pub use place::Place;
pub use plan::Plan;
pub use queries::{StepState, StepSummary};
pub use reopen::{Again, ReopenError, reopen};
pub use replay::{ReplayError, replay};
pub use response::{Response, ResponseBody};
pub use resume::resume;
pub use run::{Run, RunStatus};
pub use seen::Seen;
pub use step::step;
pub use step_id::{Iteration, StepId};
pub use variables::Variables;
pub use wait::{Resumed, ResumedBy, Wait};
