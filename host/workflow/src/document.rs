use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use serde_json::value::RawValue;
use utoipa::ToSchema;

use crate::DocumentError;
use crate::document_flow::DocumentFlow;

/// Largest document, in bytes of JSON text.
pub const MAX_DOCUMENT_BYTES: usize = 4 << 20;

/// A workflow as people and the editor write it: JSON, field names in camelCase. Nothing in it was checked beyond its
/// shape; `check` makes a `Workflow` of it.
#[derive(Debug, Clone, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
#[schema(as = WorkflowDocument)]
pub struct Document {
    pub name: String,
    pub nodes: Vec<DocumentNode>,
    #[serde(default)]
    pub edges: Vec<DocumentEdge>,
    #[serde(default)]
    pub settings: DocumentSettings,
    /// Node id -> output port -> JSON of the items that stand in for the node's output in draft runs.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    #[schema(value_type = BTreeMap<String, BTreeMap<String, Vec<Value>>>)]
    pub pinned: BTreeMap<String, BTreeMap<String, Vec<Box<RawValue>>>>,
}

#[derive(Debug, Clone, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct DocumentNode {
    /// Stable over renames; what edges and the history name.
    pub id: String,
    /// Unique in the workflow; what expressions name.
    pub name: String,
    /// Such as `http-request@1`.
    #[serde(rename = "type")]
    pub node_type: String,
    /// A JSON object; any text in it may hold `{{ }}`. Absent means `{}`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<Object>)]
    pub params: Option<Box<RawValue>>,
    /// Slot of the node type -> id of a credential.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub credentials: BTreeMap<String, String>,
    #[serde(default)]
    pub settings: DocumentNodeSettings,
    #[serde(default)]
    pub disabled: bool,
    /// For people.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub notes: Option<String>,
    /// Place on the canvas; means nothing for the run.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub position: Option<Position>,
}

#[derive(Debug, Clone, Default, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct DocumentNodeSettings {
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub retry: Option<DocumentRetry>,
    /// Wall time of one try, milliseconds.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub timeout_ms: Option<u64>,
    #[serde(default)]
    pub on_error: DocumentOnError,
    /// Runs even if what was delivered holds no items.
    #[serde(default)]
    pub run_on_empty: bool,
    /// Uses only the first item of each input.
    #[serde(default)]
    pub run_once: bool,
}

#[derive(Debug, Clone, Default, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct DocumentRetry {
    /// All tries together, 1 to 100.
    pub attempts: u64,
    /// Before the second try.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub delay_ms: Option<u64>,
    /// 200 doubles the delay with each try, 100 keeps it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub factor_percent: Option<u64>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub max_delay_ms: Option<u64>,
}

#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub enum DocumentOnError {
    #[default]
    Stop,
    Continue,
    Port,
}

#[derive(Debug, Clone, Copy, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Position {
    pub x: f64,
    pub y: f64,
}

/// Joins an output port to an input port. Nodes are named by id.
#[derive(Debug, Clone, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct DocumentEdge {
    pub from: EdgeEnd,
    pub to: EdgeEnd,
}

#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct EdgeEnd {
    pub node: String,
    pub port: String,
}

#[derive(Debug, Clone, Default, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct DocumentSettings {
    /// IANA name such as `Europe/Berlin`; UTC if absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub time_zone: Option<String>,
    /// Wall time of a run without waiting, milliseconds.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub timeout_ms: Option<u64>,
    /// Nodes of one run that may be in a call at the same time, 1 to 1,000; 10 if absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub concurrency: Option<u64>,
    /// How its runs stand to each other.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub flow: Option<DocumentFlow>,
    /// Id of the workflow that is run when a run of a published version fails or exceeds its time.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub error_workflow: Option<String>,
}

impl Document {
    /// Reads a document of at most `MAX_DOCUMENT_BYTES`.
    ///
    /// # Errors
    ///
    /// If the text is too large, not UTF-8, not JSON, nested too deep, names a key twice, or has another shape.
    pub fn parse(bytes: &[u8]) -> Result<Self, DocumentError> {
        monshyflow_strict_json::read(bytes, MAX_DOCUMENT_BYTES)
    }
}
