use std::sync::Arc;

use monshyflow_manifest::{Manifest, TypeName};

use crate::PortIndex;

/// A node type as the graph sees it: what its checked manifest says, with families of ports spelled out.
#[derive(Debug)]
pub struct NodeType {
    pub name: TypeName,
    /// SHA-256 of the component, lower-case hex. Workflow versions pin it.
    pub digest: String,
    /// Nothing that reaches the world was asked for, so calling the node again is harmless.
    pub pure: bool,
    /// Names of input ports; a trigger has the one hidden port `trigger`.
    pub inputs: Vec<String>,
    /// Names of output ports. A node whose `onError` is `port` has one more behind them: `error`.
    pub outputs: Vec<String>,
    pub manifest: Arc<Manifest>,
}

impl NodeType {
    pub fn input(&self, name: &str) -> Option<PortIndex> {
        position(&self.inputs, name)
    }

    pub fn output(&self, name: &str) -> Option<PortIndex> {
        position(&self.outputs, name)
    }

    /// The port by which items leave when `onError` is `port`.
    pub fn error_port(&self) -> PortIndex {
        PortIndex(self.outputs.len() as u16)
    }
}

fn position(ports: &[String], name: &str) -> Option<PortIndex> {
    ports.iter().position(|port| port == name).map(|index| PortIndex(index as u16))
}
