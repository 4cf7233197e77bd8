use axum::extract::State;
use monshyflow_web::{Json, Page, Path, Query, Tenant};

use super::body::Version;
use crate::ApiState;
use crate::page_query::PageQuery;
use crate::problems::Refusals;
use crate::refuse::Refusal;
use crate::workflows::WorkflowPlace;

/// Lists versions, newest first, without their documents.
#[utoipa::path(get, path = "/api/workflows/{id}/versions", tag = "workflows", params(WorkflowPlace, PageQuery),
    responses((status = 200, description = "A page.", body = Page<Version>), Refusals))]
pub(crate) async fn list_versions(
    Tenant(tenant): Tenant,
    State(state): State<ApiState>,
    Path(WorkflowPlace { id }): Path<WorkflowPlace>,
    Query(PageQuery { limit, cursor }): Query<PageQuery>,
) -> Result<Json<Page<Version>>, Refusal> {
    let page = state.catalog().versions(&tenant, id, limit.get(), cursor).await?;
    Ok(Json(Page {
        items: page.items.into_iter().map(Version::from).collect(),
        next_cursor: page.next,
    }))
}
