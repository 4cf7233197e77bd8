use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::TypeName;

/// The contract that this manifest's component is built for: the version of the WIT package `monshyflow:node`.
pub const CONTRACT: &str = "0.1";

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Manifest {
    /// Major and minor version of the WIT package, such as `0.1`.
    pub contract: String,
    /// Such as `http-request`: see `TypeName`.
    pub name: String,
    /// Semantic version (semver.org); workflows name its major number.
    pub version: String,
    pub title: String,
    /// One line.
    pub description: String,
    /// Markdown.
    #[serde(default)]
    pub documentation: String,
    pub category: String,
    /// SVG of plain drawing elements, at most `MAX_ICON_BYTES`.
    #[serde(default)]
    pub icon: String,
    pub kind: Kind,
    pub mode: Mode,
    /// Empty for triggers.
    #[serde(default)]
    pub inputs: Vec<Port>,
    #[serde(default)]
    pub outputs: Vec<Port>,
    /// JSON Schema 2020-12 of the parameters, an object.
    pub parameters: Value,
    #[serde(default)]
    pub credentials: Vec<CredentialSlot>,
    #[serde(default)]
    pub capabilities: Vec<Capability>,
    #[serde(default)]
    pub limits: Limits,
    #[serde(default)]
    pub examples: Vec<Example>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[cfg_attr(feature = "openapi", schema(as = NodeKind))]
pub enum Kind {
    Action,
    /// Starts runs; gets the run's input on the port `trigger`.
    Trigger,
    /// Routes, joins or ends; shown apart in the palette.
    Control,
    /// Runs what follows its output `body` again and again, and goes on by `done`.
    Loop,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub enum Mode {
    /// Called with batches of items, each on its own merits.
    Each,
    /// Called once with everything.
    All,
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Port {
    pub name: String,
    pub title: String,
    /// Inputs: the node cannot run unless something is connected here.
    #[serde(default)]
    pub required: bool,
    /// Present for families of ports: a workflow may use `name` followed by `-0`, `-1`, ... up to this many.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub repeats: Option<u16>,
    /// JSON Schema of the items, if the author knows it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub items: Option<Value>,
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct CredentialSlot {
    pub name: String,
    pub title: String,
    /// Types of credential that fit.
    pub accepts: Vec<String>,
    #[serde(default)]
    pub optional: bool,
}

/// A power that the node asks for.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Capability {
    pub kind: CapabilityKind,
    /// `http`: host patterns such as `https://api.example.com`, `*.example.com:8443` or `*` for what the workflow's author names.
    /// `kv`: whose values: `node`, `workflow` (its nodes of this type share them), `tenant` (all of its nodes of this type).
    #[serde(default)]
    pub targets: Vec<String>,
    /// For the person who is asked for the grant.
    pub reason: String,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub enum CapabilityKind {
    Http,
    Kv,
    Credentials,
    /// The real time instead of the run's.
    Clock,
    /// Real randomness instead of the run's.
    Random,
    /// Mail by the operator's server.
    Mail,
}

/// Wishes; the tenant's limits are the ceiling.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Limits {
    /// Wall time of one call, milliseconds.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub timeout_ms: Option<u32>,
    /// CPU time of one call, milliseconds.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub cpu_ms: Option<u32>,
    /// All linear memories and tables together, MiB.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub memory_mib: Option<u32>,
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Example {
    pub title: String,
    pub params: Value,
    /// Items on the first input port.
    pub input: Vec<Value>,
    /// Items by output port.
    pub output: std::collections::BTreeMap<String, Vec<Value>>,
}

impl Manifest {
    /// Pure nodes were given nothing that reaches the world, so calling one again is harmless.
    pub fn is_pure(&self) -> bool {
        self.capabilities.is_empty()
    }

    /// # Errors
    ///
    /// If `name` or `version` is malformed.
    pub fn type_name(&self) -> Result<TypeName, crate::InvalidTypeName> {
        let major = self
            .version
            .split('.')
            .next()
            .and_then(|major| major.parse().ok());
        TypeName::new(&self.name, major.unwrap_or(u32::MAX))
    }
}
