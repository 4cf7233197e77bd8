use axum::extract::{FromRequest, Request, State};
use bytes::Bytes;
use monshyflow_web::{Json, JsonBytes, Path, Problem, Tenant};
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

/// A document that is not stored yet, or none.
#[derive(Debug)]
pub(crate) struct Unsaved(Option<Bytes>);

impl<S: Send + Sync> FromRequest<S> for Unsaved {
    type Rejection = Problem;

    async fn from_request(request: Request, state: &S) -> Result<Self, Problem> {
        use axum::body::HttpBody;
        if request.body().is_end_stream() {
            return Ok(Self(None));
        }
        let JsonBytes(document) = JsonBytes::<LARGEST_DOCUMENT>::from_request(request, state).await?;
        Ok(Self(Some(document)))
    }
}

/// Finds every problem of a workflow's draft, or of the document in the body, if there is one. Nothing is changed.
#[utoipa::path(post, path = "/api/workflows/{id}/check", tag = "workflows", params(WorkflowPlace),
    request_body(content = Option<Object>, description = "A document to check instead of the draft."),
    responses((status = 200, description = "What was found.", body = CheckResult), Refusals))]
pub(crate) async fn check_workflow(
    Tenant(tenant): Tenant,
    State(state): State<ApiState>,
    Path(WorkflowPlace { id }): Path<WorkflowPlace>,
    Unsaved(unsaved): Unsaved,
) -> Result<Json<CheckResult>, Refusal> {
    let draft = state.catalog().draft(&tenant, id).await?;
    let document = unsaved.unwrap_or_else(|| Bytes::from(String::from(Box::<str>::from(draft.document))));
    let problems = state.catalog().check(&tenant, document).await?;
    Ok(Json(CheckResult {
        problems: problems.iter().map(WorkflowProblem::from).collect(),
    }))
}
