use axum::extract::State;
use monshyflow_web::{Json, Path, Tenant};

use super::body::Grants;
use super::place::NodeTypePlace;
use crate::ApiState;
use crate::problems::Refusals;
use crate::refuse::Refusal;

/// Reads what a node type may do.
#[utoipa::path(get, path = "/api/node-types/{name}/{version}/grants", tag = "node types", params(NodeTypePlace),
    responses((status = 200, description = "Its grants.", body = Grants), Refusals))]
pub(crate) async fn get_grants(
    Tenant(tenant): Tenant,
    State(state): State<ApiState>,
    Path(place): Path<NodeTypePlace>,
) -> Result<Json<Grants>, Refusal> {
    let info = state.catalog().node_type(&tenant, &place.type_name()?).await?;
    Ok(Json(Grants {
        grants: info.grants.into_iter().map(Into::into).collect(),
    }))
}
