pub(crate) mod graph;
pub(crate) mod house;
pub(crate) mod player;
