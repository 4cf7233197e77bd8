use axum::extract::State;
use axum::http::StatusCode;
use axum::response::IntoResponse;
use monshyflow_web::{IdempotencyKey, JsonBytes, Tenant};

use super::body::{LARGEST_DOCUMENT, Workflow, WorkflowAnswer, location};
use crate::ApiState;
use crate::problems::Refusals;
use crate::refuse::Refusal;

/// Stores a new workflow.
///
/// The body is its document, which needs the shape of one and may still have problems.
#[utoipa::path(post, path = "/api/workflows", tag = "workflows",
    params(("Idempotency-Key" = Option<String>, Header,
        description = "The same key answers with the same workflow, as it is now, until it is deleted. With another document it answers 422.", max_length = 200)),
    request_body(content = monshyflow_workflow::Document, description = "A workflow document of at most 4 MiB."),
    responses(
        (status = 201, description = "It is stored.", body = Workflow, headers(("Location" = String), ("ETag" = String))),
        Refusals,
    ))]
pub(crate) async fn create_workflow(
    Tenant(tenant): Tenant,
    State(state): State<ApiState>,
    key: Option<IdempotencyKey>,
    JsonBytes(document): JsonBytes<LARGEST_DOCUMENT>,
) -> Result<impl IntoResponse, Refusal> {
    let key = key.map(|IdempotencyKey(key)| key);
    let draft = state.catalog().create_workflow(&tenant, document, key).await?;
    let place = location(format!("/api/workflows/{}", draft.id));
    Ok((StatusCode::CREATED, place, WorkflowAnswer(draft)))
}
