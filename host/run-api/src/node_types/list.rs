use axum::extract::State;
use monshyflow_web::{Json, Page, Tenant};

use super::body::NodeType;
use crate::ApiState;
use crate::problems::Refusals;
use crate::refuse::Refusal;

/// Lists node types: those that ship with the server and the tenant's own, by name, all in one page.
#[utoipa::path(get, path = "/api/node-types", tag = "node types",
    responses((status = 200, description = "All of them.", body = Page<NodeType>), Refusals))]
pub(crate) async fn list_node_types(
    Tenant(tenant): Tenant,
    State(state): State<ApiState>,
) -> Result<Json<Page<NodeType>>, Refusal> {
    let infos = state.catalog().node_types(&tenant).await?;
    Ok(Json(Page {
        items: infos.into_iter().map(NodeType::from).collect(),
        next_cursor: None,
    }))
}
