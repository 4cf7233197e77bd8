use axum::extract::State;
use monshyflow_web::{IfMatch, NoBody, Path, Tenant};

use super::body::{Workflow, WorkflowAnswer};
use crate::ApiState;
use crate::problems::Refusals;
use crate::refuse::Refusal;
use crate::workflows::WorkflowPlace;

/// Nothing starts the workflow any more, except drafts and versions that are named.
///
/// Versions stay.
#[utoipa::path(post, path = "/api/workflows/{id}/unpublish", tag = "workflows",
    params(
        WorkflowPlace,
        ("If-Match" = Option<String>, Header, description = "Only if it still has this ETag."),
    ),
    responses((status = 200, description = "The workflow.", body = Workflow, headers(("ETag" = String))), Refusals))]
pub(crate) async fn unpublish_workflow(
    Tenant(tenant): Tenant,
    State(state): State<ApiState>,
    Path(WorkflowPlace { id }): Path<WorkflowPlace>,
    seen: Option<IfMatch>,
    _: NoBody,
) -> Result<WorkflowAnswer, Refusal> {
    let seen = seen.map(|IfMatch(seen)| seen);
    Ok(WorkflowAnswer(
        state.catalog().unpublish(&tenant, id, seen).await?,
    ))
}
