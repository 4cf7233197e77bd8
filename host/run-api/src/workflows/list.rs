use axum::extract::State;
use monshyflow_web::{Json, Page, Query, Tenant};

use super::body::WorkflowSummary;
use crate::ApiState;
use crate::page_query::PageQuery;
use crate::problems::Refusals;
use crate::refuse::Refusal;

/// Lists workflows, last changed first, without their documents.
#[utoipa::path(get, path = "/api/workflows", tag = "workflows", params(PageQuery),
    responses((status = 200, description = "A page.", body = Page<WorkflowSummary>), Refusals))]
pub(crate) async fn list_workflows(
    Tenant(tenant): Tenant,
    State(state): State<ApiState>,
    Query(PageQuery { limit, cursor }): Query<PageQuery>,
) -> Result<Json<Page<WorkflowSummary>>, Refusal> {
    let page = state.catalog().drafts(&tenant, limit.get(), cursor).await?;
    let items = page.items.into_iter().map(WorkflowSummary::from).collect();
    Ok(Json(Page {
        items,
        next_cursor: page.next,
    }))
}
