use axum::extract::State;
use monshyflow_web::{Json, Page, Query, Tenant};

use super::body::NodeType;
use crate::ApiState;
use crate::page_query::PageQuery;
use crate::problems::Refusals;
use crate::refuse::Refusal;

/// Lists node types: those that ship with the server and the tenant's own, by name.
#[utoipa::path(get, path = "/api/node-types", tag = "node types", params(PageQuery),
    responses((status = 200, description = "A page.", body = Page<NodeType>), Refusals))]
pub(crate) async fn list_node_types(
    Tenant(tenant): Tenant,
    State(state): State<ApiState>,
    Query(PageQuery { limit, cursor }): Query<PageQuery>,
) -> Result<Json<Page<NodeType>>, Refusal> {
    let page = state
        .catalog()
        .node_types(&tenant, limit.get(), cursor.as_deref())
        .await?;
    Ok(Json(Page {
        items: page.items.into_iter().map(NodeType::from).collect(),
        next_cursor: page.next,
    }))
}
