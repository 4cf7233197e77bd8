use axum::http::{HeaderName, header};
use axum::response::{IntoResponse, Response};
use monshyflow_catalog::{VersionInfo, WorkflowDraft};
use monshyflow_web::{ETag, Json, MIB};
use monshyflow_workflow::MAX_DOCUMENT_BYTES;
use serde::Serialize;
use serde_json::value::RawValue;
use utoipa::ToSchema;

/// A body larger than any document is not even read.
pub(crate) const LARGEST_DOCUMENT: usize = MAX_DOCUMENT_BYTES;
const _: () = assert!(LARGEST_DOCUMENT <= 16 * MIB, "documents are held in memory");

/// A workflow with its draft.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Workflow {
    #[serde(flatten)]
    summary: WorkflowSummary,
    /// As it was sent, byte for byte.
    #[schema(value_type = monshyflow_workflow::Document)]
    document: Box<RawValue>,
}

/// A workflow in a list.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub(crate) struct WorkflowSummary {
    id: String,
    /// Of the draft.
    name: String,
    /// Goes up with every change; the header ETag has it, in quotes.
    etag: u64,
    /// The version that triggers and runs use.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    published: Option<u32>,
    /// The newest version ever published, 0 if none.
    latest: u32,
    created_at: String,
    updated_at: String,
}

/// A published version, immutable.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Version {
    workflow: String,
    /// From 1.
    number: u32,
    created_at: String,
    /// Only where one version is asked for.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = monshyflow_workflow::Document, nullable = false)]
    document: Option<Box<RawValue>>,
}

/// A workflow as an answer: its version is also the ETag.
#[derive(Debug)]
pub(crate) struct WorkflowAnswer(pub(crate) WorkflowDraft);

impl IntoResponse for WorkflowAnswer {
    fn into_response(self) -> Response {
        let mut draft = self.0;
        let (etag, document) = (draft.etag, std::mem::take(&mut draft.document));
        let summary = WorkflowSummary::from(draft);
        (ETag(etag), Json(Workflow { summary, document })).into_response()
    }
}

impl From<WorkflowDraft> for WorkflowSummary {
    fn from(draft: WorkflowDraft) -> Self {
        Self {
            id: draft.id.to_string(),
            name: draft.name,
            etag: draft.etag,
            published: draft.published,
            latest: draft.latest,
            created_at: draft.created_at,
            updated_at: draft.updated_at,
        }
    }
}

impl From<VersionInfo> for Version {
    fn from(info: VersionInfo) -> Self {
        let VersionInfo {
            workflow,
            number,
            created_at,
            document,
            graph: _,
        } = info;
        Self {
            workflow: workflow.to_string(),
            number,
            created_at,
            document,
        }
    }
}

/// Where something new can be read.
pub(crate) fn location(place: String) -> [(HeaderName, String); 1] {
    [(header::LOCATION, place)]
}
