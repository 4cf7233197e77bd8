use axum::extract::State;
use monshyflow_web::{Json, NoQuery, Path, Query, Tenant};

use super::body::Version;
use super::place::VersionPlace;
use crate::ApiState;
use crate::problems::Refusals;
use crate::refuse::Refusal;

/// Reads one version with its document.
#[utoipa::path(get, path = "/api/workflows/{id}/versions/{n}", tag = "workflows", params(VersionPlace),
    responses((status = 200, description = "The version.", body = Version), Refusals))]
pub(crate) async fn get_version(
    Tenant(tenant): Tenant,
    State(state): State<ApiState>,
    Path(VersionPlace { id, n }): Path<VersionPlace>,
    _: Query<NoQuery>,
) -> Result<Json<Version>, Refusal> {
    Ok(Json(state.catalog().version(&tenant, id, n).await?.into()))
}
