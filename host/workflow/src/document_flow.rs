use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

/// When runs of the workflow may begin beside each other. A `key` is a text with `{{ }}` over the run's first item; without
/// one all runs of the workflow have the same.
#[derive(Debug, Clone, Default, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct DocumentFlow {
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub concurrency: Option<DocumentConcurrency>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub rate: Option<DocumentRate>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub debounce: Option<DocumentDebounce>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub singleton: Option<DocumentSingleton>,
}

/// Runs of a key that work at the same time.
#[derive(Debug, Clone, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct DocumentConcurrency {
    /// 1 to 10,000.
    pub limit: u64,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub key: Option<String>,
}

/// Runs of a key that begin within a time.
#[derive(Debug, Clone, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct DocumentRate {
    /// 1 to 100,000.
    pub limit: u64,
    /// Up to a day.
    pub period_ms: u64,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub key: Option<String>,
}

/// A run begins when nobody asked for another one of its key for so long.
#[derive(Debug, Clone, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct DocumentDebounce {
    /// Up to a day.
    pub period_ms: u64,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub key: Option<String>,
}

/// At most one run of a key that has not ended.
#[derive(Debug, Clone, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct DocumentSingleton {
    pub mode: DocumentSingletonMode,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub key: Option<String>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub enum DocumentSingletonMode {
    /// A start answers with the run that is there.
    Skip,
    /// A start ends the run that is there.
    Cancel,
}
