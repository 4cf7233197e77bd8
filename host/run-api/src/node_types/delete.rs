use axum::extract::State;
use axum::http::StatusCode;
use monshyflow_web::{Path, Tenant};

use super::place::NodeTypePlace;
use crate::ApiState;
use crate::problems::Refusals;
use crate::refuse::Refusal;

/// Takes one of the tenant's own node types away.
///
/// Published versions that use it keep their component.
#[utoipa::path(delete, path = "/api/node-types/{name}/{version}", tag = "node types", params(NodeTypePlace),
    responses((status = 204, description = "It is gone."), Refusals))]
pub(crate) async fn delete_node_type(
    Tenant(tenant): Tenant,
    State(state): State<ApiState>,
    Path(place): Path<NodeTypePlace>,
) -> Result<StatusCode, Refusal> {
    state
        .catalog()
        .delete_node_type(&tenant, &place.type_name()?)
        .await?;
    Ok(StatusCode::NO_CONTENT)
}
