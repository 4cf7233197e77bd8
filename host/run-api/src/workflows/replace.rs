use axum::extract::State;
use monshyflow_web::{IfMatch, JsonBytes, Path, Tenant};

use super::body::{LARGEST_DOCUMENT, Workflow, WorkflowAnswer};
use crate::ApiState;
use crate::problems::Refusals;
use crate::refuse::Refusal;
use crate::workflows::WorkflowPlace;

/// Replaces the draft.
///
/// Published versions stay as they are.
#[utoipa::path(put, path = "/api/workflows/{id}", tag = "workflows",
    params(WorkflowPlace, ("If-Match" = String, Header, description = "The ETag that was read.", example = "\"3\"")),
    request_body(content = monshyflow_workflow::Document, description = "A workflow document of at most 4 MiB."),
    responses(
        (status = 200, description = "The new draft.", body = Workflow, headers(("ETag" = String))),
        Refusals,
    ))]
pub(crate) async fn replace_workflow(
    Tenant(tenant): Tenant,
    State(state): State<ApiState>,
    Path(WorkflowPlace { id }): Path<WorkflowPlace>,
    IfMatch(seen): IfMatch,
    JsonBytes(document): JsonBytes<LARGEST_DOCUMENT>,
) -> Result<WorkflowAnswer, Refusal> {
    Ok(WorkflowAnswer(
        state.catalog().replace_draft(&tenant, id, document, seen).await?,
    ))
}
