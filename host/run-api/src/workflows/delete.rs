use axum::extract::State;
use axum::http::StatusCode;
use monshyflow_web::{IfMatch, Path, Tenant};

use crate::ApiState;
use crate::problems::Refusals;
use crate::refuse::Refusal;
use crate::workflows::WorkflowPlace;

/// Takes a workflow away: nothing starts it any more.
///
/// Its runs stay as history.
#[utoipa::path(delete, path = "/api/workflows/{id}", tag = "workflows",
    params(
        WorkflowPlace,
        ("If-Match" = Option<String>, Header, description = "Only if it still has this ETag."),
    ),
    responses((status = 204, description = "It is gone."), Refusals))]
pub(crate) async fn delete_workflow(
    Tenant(tenant): Tenant,
    State(state): State<ApiState>,
    Path(WorkflowPlace { id }): Path<WorkflowPlace>,
    seen: Option<IfMatch>,
) -> Result<StatusCode, Refusal> {
    state
        .catalog()
        .delete_workflow(&tenant, id, seen.map(|IfMatch(seen)| seen))
        .await?;
    Ok(StatusCode::NO_CONTENT)
}
