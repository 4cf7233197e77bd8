use axum::extract::State;
use monshyflow_web::{Json, NoQuery, Path, Query, Tenant};

use super::body::NodeType;
use super::place::NodeTypePlace;
use crate::ApiState;
use crate::problems::Refusals;
use crate::refuse::Refusal;

/// Reads one node type: manifest, imports, digest, grants.
#[utoipa::path(get, path = "/api/node-types/{name}/{version}", tag = "node types", params(NodeTypePlace),
    responses((status = 200, description = "The node type.", body = NodeType), Refusals))]
pub(crate) async fn get_node_type(
    Tenant(tenant): Tenant,
    State(state): State<ApiState>,
    Path(place): Path<NodeTypePlace>,
    _: Query<NoQuery>,
) -> Result<Json<NodeType>, Refusal> {
    let info = state.catalog().node_type(&tenant, &place.type_name()?).await?;
    Ok(Json(info.into()))
}
