use axum::extract::State;
use monshyflow_web::{ETag, IfMatch, Json, Path, Tenant};

use super::body::{Grants, NodeType};
use super::place::NodeTypePlace;
use crate::ApiState;
use crate::problems::Refusals;
use crate::refuse::Refusal;

/// Replaces what a node type may do.
///
/// Only what its manifest asks for can be granted; an empty list takes everything away.
#[utoipa::path(put, path = "/api/node-types/{name}/{version}/grants", tag = "node types",
    params(
        NodeTypePlace,
        ("If-Match" = Option<String>, Header, description = "Only if the grants still have this ETag."),
    ),
    request_body = Grants,
    responses((status = 200, description = "The node type with its new grants.", body = NodeType, headers(("ETag" = String))), Refusals))]
pub(crate) async fn set_grants(
    Tenant(tenant): Tenant,
    State(state): State<ApiState>,
    Path(place): Path<NodeTypePlace>,
    seen: Option<IfMatch>,
    Json(Grants { grants }): Json<Grants>,
) -> Result<(ETag, Json<NodeType>), Refusal> {
    let grants = grants.into_iter().map(Into::into).collect();
    let seen = seen.map(|IfMatch(seen)| seen);
    let (version, info) = state
        .catalog()
        .set_grants(&tenant, &place.type_name()?, grants, seen)
        .await?;
    Ok((ETag(version), Json(info.into())))
}
