use std::sync::Arc;

use monshyflow_manifest::{InvalidTypeName, Kind, Manifest, Port, TypeName};

use crate::PortIndex;
use crate::parameter_schema::ParameterSchema;

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
    pub(crate) schema: ParameterSchema,
}

impl NodeType {
    /// `digest` is the SHA-256 of the component in lower-case hex.
    ///
    /// # Errors
    ///
    /// If the manifest's name or version is malformed, which `Manifest::parse` refuses.
    pub fn from_manifest(manifest: impl Into<Arc<Manifest>>, digest: &str) -> Result<Self, InvalidTypeName> {
        let manifest = manifest.into();
        let inputs = match manifest.kind {
            Kind::Trigger => vec!["trigger".to_owned()],
            Kind::Action | Kind::Control | Kind::Loop => spelled_out(&manifest.inputs),
        };
        Ok(Self {
            name: manifest.type_name()?,
            digest: digest.to_owned(),
            pure: manifest.is_pure(),
            inputs,
            outputs: spelled_out(&manifest.outputs),
            schema: ParameterSchema::default(),
            manifest,
        })
    }

    pub fn is_trigger(&self) -> bool {
        self.manifest.kind == Kind::Trigger
    }

    pub fn is_loop(&self) -> bool {
        self.manifest.kind == Kind::Loop
    }

    /// The ports of a loop; nothing for other types.
    pub fn loop_ports(&self) -> Option<LoopPorts> {
        if !self.is_loop() {
            return None;
        }
        Some(LoopPorts {
            next: self.input("next")?,
            body: self.output("body")?,
            done: self.output("done")?,
            enter: self.input("in")?,
        })
    }

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

/// Where items enter and leave a loop.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct LoopPorts {
    /// The input `in`.
    pub enter: PortIndex,
    /// The input that brings back what a round came to.
    pub next: PortIndex,
    /// The output by which the items of a round leave.
    pub body: PortIndex,
    pub done: PortIndex,
}

/// A family of ports becomes `name-0`, `name-1`, ...
fn spelled_out(ports: &[Port]) -> Vec<String> {
    let members = |port: &Port| match port.repeats {
        None => vec![port.name.clone()],
        Some(count) => (0..count)
            .map(|member| format!("{}-{member}", port.name))
            .collect(),
    };
    ports.iter().flat_map(members).collect()
}

fn position(ports: &[String], name: &str) -> Option<PortIndex> {
    ports
        .iter()
        .position(|port| port == name)
        .map(|index| PortIndex(index as u16))
}
