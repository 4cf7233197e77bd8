use axum::extract::State;
use monshyflow_web::{NoQuery, Path, Query, Tenant};

use super::body::{Workflow, WorkflowAnswer};
use crate::ApiState;
use crate::problems::Refusals;
use crate::refuse::Refusal;
use crate::workflows::WorkflowPlace;

/// Reads a workflow with its draft.
#[utoipa::path(get, path = "/api/workflows/{id}", tag = "workflows", params(WorkflowPlace),
    responses((status = 200, description = "The workflow.", body = Workflow, headers(("ETag" = String))), Refusals))]
pub(crate) async fn get_workflow(
    Tenant(tenant): Tenant,
    State(state): State<ApiState>,
    Path(WorkflowPlace { id }): Path<WorkflowPlace>,
    _: Query<NoQuery>,
) -> Result<WorkflowAnswer, Refusal> {
    Ok(WorkflowAnswer(state.catalog().draft(&tenant, id).await?))
}
