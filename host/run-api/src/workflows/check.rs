use axum::extract::State;
use bytes::Bytes;
use monshyflow_web::{Json, JsonBytes, Path, Tenant};
use serde::Serialize;
use utoipa::ToSchema;

use super::body::LARGEST_DOCUMENT;
use crate::ApiState;
use crate::problems::{Refusals, WorkflowProblem};
use crate::refuse::Refusal;
use crate::workflows::WorkflowPlace;

/// What a check found.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct CheckResult {
    /// Without errors in it, the workflow can be published.
    problems: Vec<WorkflowProblem>,
}

/// Finds every problem of a workflow's draft, or of the document in the body, if there is one.
///
/// Nothing is changed.
#[utoipa::path(post, path = "/api/workflows/{id}/check", tag = "workflows", params(WorkflowPlace),
    request_body(content = Option<Object>, description = "A document to check instead of the draft."),
    responses((status = 200, description = "What was found.", body = CheckResult), Refusals))]
pub(crate) async fn check_workflow(
    Tenant(tenant): Tenant,
    State(state): State<ApiState>,
    Path(WorkflowPlace { id }): Path<WorkflowPlace>,
    unsaved: Option<JsonBytes<LARGEST_DOCUMENT>>,
) -> Result<Json<CheckResult>, Refusal> {
    let draft = state.catalog().draft(&tenant, id).await?;
    let document = match unsaved {
        Some(JsonBytes(document)) => document,
        None => Bytes::from(String::from(Box::<str>::from(draft.document))),
    };
    let problems = state.catalog().check(&tenant, document).await?;
    Ok(Json(CheckResult {
        problems: problems.iter().map(WorkflowProblem::from).collect(),
    }))
}
