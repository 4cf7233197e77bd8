use axum::extract::State;
use axum::http::StatusCode;
use axum::response::IntoResponse;
use monshyflow_web::{Json, Path, Tenant};

use super::body::{Version, location};
use crate::ApiState;
use crate::problems::Refusals;
use crate::refuse::Refusal;
use crate::workflows::WorkflowPlace;

/// Checks the draft and makes it the next version, which runs use from now on.
///
/// With problems it answers 422 and lists them in `problems`.
#[utoipa::path(post, path = "/api/workflows/{id}/publish", tag = "workflows", params(WorkflowPlace),
    responses(
        (status = 201, description = "The new version.", body = Version, headers(("Location" = String))),
        Refusals,
    ))]
pub(crate) async fn publish_workflow(
    Tenant(tenant): Tenant,
    State(state): State<ApiState>,
    Path(WorkflowPlace { id }): Path<WorkflowPlace>,
) -> Result<impl IntoResponse, Refusal> {
    let version = state.catalog().publish(&tenant, id).await?;
    let place = location(format!("/api/workflows/{id}/versions/{}", version.number));
    Ok((StatusCode::CREATED, place, Json(Version::from(version))))
}
