use serde::Deserialize;
use serde_json::Value;

use crate::{
    CONTRACT, Capability, CredentialSlot, Example, Kind, Limits, Manifest, ManifestError, Mode, Port,
};

/// What an author writes in `node.toml`: the manifest but for what the code says itself.
#[derive(Debug, Clone, PartialEq, Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub struct NodeToml {
    pub name: String,
    /// Semantic version.
    pub version: String,
    pub title: String,
    /// One line.
    pub description: String,
    pub category: String,
    pub kind: Kind,
    pub mode: Mode,
    /// File name of the documentation in Markdown, relative to `node.toml`.
    #[serde(default)]
    pub documentation: Option<String>,
    /// File name of the icon, an SVG, relative to `node.toml`.
    #[serde(default)]
    pub icon: Option<String>,
    #[serde(default)]
    pub inputs: Vec<Port>,
    #[serde(default)]
    pub outputs: Vec<Port>,
    #[serde(default)]
    pub credentials: Vec<CredentialSlot>,
    #[serde(default)]
    pub capabilities: Vec<Capability>,
    #[serde(default)]
    pub limits: TomlLimits,
}

/// `Limits` with the keys that TOML files have.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub struct TomlLimits {
    #[serde(default)]
    pub timeout_ms: Option<u32>,
    #[serde(default)]
    pub cpu_ms: Option<u32>,
    #[serde(default)]
    pub memory_mib: Option<u32>,
}

/// What does not stand in `node.toml` itself.
#[derive(Debug, Clone, PartialEq)]
pub struct Parts {
    /// JSON Schema 2020-12 of the parameters; the SDK derives it from the author's types.
    pub parameters: Value,
    pub examples: Vec<Example>,
    /// Markdown.
    pub documentation: String,
    /// SVG.
    pub icon: String,
}

/// Why a text is not a `node.toml`. The message shows the line at fault.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("node.toml is wrong: {0}")]
pub struct NodeTomlError(String);

impl NodeToml {
    /// # Errors
    ///
    /// If the text is not TOML, or a field is missing, unknown or of another type.
    pub fn parse(text: &str) -> Result<Self, NodeTomlError> {
        toml::from_str(text).map_err(|error| NodeTomlError(error.to_string()))
    }
}

impl Manifest {
    /// The manifest of a node that is being built.
    ///
    /// # Errors
    ///
    /// Every fault, with its place in the manifest.
    pub fn from_parts(node: NodeToml, parts: Parts) -> Result<Self, ManifestError> {
        let TomlLimits {
            timeout_ms,
            cpu_ms,
            memory_mib,
        } = node.limits;
        let manifest = Self {
            contract: CONTRACT.to_owned(),
            name: node.name,
            version: node.version,
            title: node.title,
            description: node.description,
            documentation: parts.documentation,
            category: node.category,
            icon: parts.icon,
            kind: node.kind,
            mode: node.mode,
            inputs: node.inputs,
            outputs: node.outputs,
            parameters: parts.parameters,
            credentials: node.credentials,
            capabilities: node.capabilities,
            limits: Limits {
                timeout_ms,
                cpu_ms,
                memory_mib,
            },
            examples: parts.examples,
        };
        manifest.validate()?;
        Ok(manifest)
    }
}
