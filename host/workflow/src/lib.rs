//! From the document that people author to the graph that the engine runs. Pure: no I/O, no time, no randomness.

mod graph;
mod node_type;
mod template;

pub use graph::{Edge, Node, NodeIndex, NodeSettings, OnError, PortIndex, Retry, Settings, Workflow};
pub use node_type::NodeType;
pub use template::Template;
