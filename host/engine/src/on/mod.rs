//! One file for each kind of input. Each function says whether the input meant anything to the run.

mod failed;
mod request;
mod resumed;
mod retry_due;
mod start;
mod stop;
mod succeeded;
mod suspended;

pub(crate) use failed::{failed, stopped};
pub(crate) use request::request;
pub(crate) use resumed::resumed;
pub(crate) use retry_due::retry_due;
pub(crate) use start::start;
pub(crate) use stop::{abort, cancel, interrupt_all, time_out};
pub(crate) use succeeded::{Success, succeeded};
pub(crate) use suspended::suspended;
