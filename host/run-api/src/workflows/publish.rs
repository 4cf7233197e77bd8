use axum::extract::State;
use axum::http::StatusCode;
use axum::response::IntoResponse;
use monshyflow_web::{IdempotencyKey, IfMatch, Json, NoBody, Path, Tenant};

use super::body::{Version, location};
use crate::ApiState;
use crate::problems::Refusals;
use crate::refuse::Refusal;
use crate::workflows::WorkflowPlace;

/// Checks the draft and makes it the next version, which runs use from now on.
///
/// With problems it answers 422 and lists them in `problems`.
#[utoipa::path(post, path = "/api/workflows/{id}/publish", tag = "workflows",
    params(
        WorkflowPlace,
        ("If-Match" = Option<String>, Header, description = "Only if it still has this ETag."),
        ("Idempotency-Key" = Option<String>, Header,
            description = "The same key of a workflow answers with the same version.", max_length = 200),
    ),
    responses(
        (status = 201, description = "The new version.", body = Version, headers(("Location" = String))),
        Refusals,
    ))]
pub(crate) async fn publish_workflow(
    Tenant(tenant): Tenant,
    State(state): State<ApiState>,
    Path(WorkflowPlace { id }): Path<WorkflowPlace>,
    seen: Option<IfMatch>,
    key: Option<IdempotencyKey>,
    _: NoBody,
) -> Result<impl IntoResponse, Refusal> {
    let (seen, key) = (seen.map(|IfMatch(seen)| seen), key.map(|IdempotencyKey(key)| key));
    let version = state.catalog().publish(&tenant, id, seen, key.as_deref()).await?;
    let place = location(format!("/api/workflows/{id}/versions/{}", version.number));
    Ok((StatusCode::CREATED, place, Json(Version::from(version))))
}
