use axum::extract::State;
use monshyflow_web::{IfMatch, NoBody, Path, Tenant};

use super::body::{Workflow, WorkflowAnswer};
use super::place::VersionPlace;
use crate::ApiState;
use crate::problems::Refusals;
use crate::refuse::Refusal;

/// Makes a version's document the draft again.
///
/// What is published stays published.
#[utoipa::path(post, path = "/api/workflows/{id}/versions/{n}/restore", tag = "workflows",
    params(VersionPlace, ("If-Match" = String, Header, description = "The ETag of the draft that was read.", example = "\"3\"")),
    responses((status = 200, description = "The workflow.", body = Workflow, headers(("ETag" = String))), Refusals))]
pub(crate) async fn restore_version(
    Tenant(tenant): Tenant,
    State(state): State<ApiState>,
    Path(VersionPlace { id, n }): Path<VersionPlace>,
    IfMatch(seen): IfMatch,
    _: NoBody,
) -> Result<WorkflowAnswer, Refusal> {
    Ok(WorkflowAnswer(
        state.catalog().restore(&tenant, id, n, seen).await?,
    ))
}
