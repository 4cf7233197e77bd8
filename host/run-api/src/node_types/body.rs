use std::sync::Arc;

use monshyflow_catalog::{Grant, NodeTypeInfo};
use monshyflow_manifest::{Capability, CapabilityKind, Manifest};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

/// A node type as the tenant sees it.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub(crate) struct NodeType {
    /// What workflows write.
    #[schema(example = "http-request@1")]
    name: String,
    /// Semantic version of the component behind the name now.
    version: String,
    /// SHA-256 of that component.
    digest: String,
    /// Ships with the server, for every tenant.
    builtin: bool,
    #[schema(value_type = Manifest)]
    manifest: Arc<Manifest>,
    /// WIT interfaces that the component imports. Those of WASI are linked without power.
    imports: Vec<String>,
    grants: Vec<GrantBody>,
    /// What it asks for and was not granted: a workflow that uses the node cannot be published.
    missing: Vec<Capability>,
}

/// A capability that the node type may use.
#[derive(Debug, Clone, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
#[schema(as = Grant)]
pub(crate) struct GrantBody {
    kind: CapabilityKind,
    /// As in the manifest: host patterns for `http`, scopes for `kv`.
    #[serde(default)]
    targets: Vec<String>,
}

/// All grants of a node type.
#[derive(Debug, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct Grants {
    pub(crate) grants: Vec<GrantBody>,
}

impl From<NodeTypeInfo> for NodeType {
    fn from(info: NodeTypeInfo) -> Self {
        Self {
            name: info.name.to_string(),
            version: info.semver,
            digest: info.digest,
            builtin: info.builtin,
            manifest: info.manifest,
            imports: info.imports,
            grants: info.grants.into_iter().map(GrantBody::from).collect(),
            missing: info.missing,
        }
    }
}

impl From<Grant> for GrantBody {
    fn from(Grant { kind, targets }: Grant) -> Self {
        Self { kind, targets }
    }
}

impl From<GrantBody> for Grant {
    fn from(GrantBody { kind, targets }: GrantBody) -> Self {
        Self { kind, targets }
    }
}
