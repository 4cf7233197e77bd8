//! The journal on a real store in a temporary folder.

mod appending;
mod deferred;
mod fencing;
mod listing;
mod records;
mod segments;
mod support;
mod tailing;
