use axum::extract::State;
use monshyflow_web::{ETag, Json, NoQuery, Path, Query, Tenant};

use super::body::Grants;
use super::place::NodeTypePlace;
use crate::ApiState;
use crate::problems::Refusals;
use crate::refuse::Refusal;

/// Reads what a node type may do.
#[utoipa::path(get, path = "/api/node-types/{name}/{version}/grants", tag = "node types", params(NodeTypePlace),
    responses((status = 200, description = "Its grants.", body = Grants, headers(("ETag" = String))), Refusals))]
pub(crate) async fn get_grants(
    Tenant(tenant): Tenant,
    State(state): State<ApiState>,
    Path(place): Path<NodeTypePlace>,
    _: Query<NoQuery>,
) -> Result<(ETag, Json<Grants>), Refusal> {
    let name = place.type_name()?;
    // Before the grants: if they change in between, the tag is one that no longer holds.
    let version = state.catalog().grants_version(&tenant, &name).await?;
    let info = state.catalog().node_type(&tenant, &name).await?;
    let grants = info.grants.into_iter().map(Into::into).collect();
    Ok((ETag(version), Json(Grants { grants })))
}
