//! Small workflows and their runs as text, for tables of cases.

pub(crate) mod crowd;
pub(crate) mod dice;
pub(crate) mod graph;
pub(crate) mod labels;
mod moves;
mod outcomes;
pub(crate) mod shelf;
pub(crate) mod simulator;
pub(crate) mod table;
mod words;
