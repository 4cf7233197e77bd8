use axum::extract::State;
use axum::http::StatusCode;
use axum::response::IntoResponse;
use monshyflow_web::{JsonBytes, Tenant};

use super::body::{LARGEST_DOCUMENT, Workflow, WorkflowAnswer, location};
use crate::ApiState;
use crate::problems::Refusals;
use crate::refuse::Refusal;

/// Stores a new workflow.
///
/// The body is its document, which needs the shape of one and may still have problems.
#[utoipa::path(post, path = "/api/workflows", tag = "workflows",
    request_body(content = Object, description = "A workflow document of at most 4 MiB."),
    responses(
        (status = 201, description = "It is stored.", body = Workflow, headers(("Location" = String), ("ETag" = String))),
        Refusals,
    ))]
pub(crate) async fn create_workflow(
    Tenant(tenant): Tenant,
    State(state): State<ApiState>,
    JsonBytes(document): JsonBytes<LARGEST_DOCUMENT>,
) -> Result<impl IntoResponse, Refusal> {
    let draft = state.catalog().create_workflow(&tenant, document).await?;
    let place = location(format!("/api/workflows/{}", draft.id));
    Ok((StatusCode::CREATED, place, WorkflowAnswer(draft)))
}
