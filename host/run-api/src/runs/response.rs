use axum::body::Body;
use axum::extract::State;
use axum::http::header;
use axum::response::{IntoResponse, Response};
use monshyflow_web::{Path, Tenant};

use super::place::RunPlace;
use crate::ApiState;
use crate::problems::Refusals;
use crate::refuse::Refusal;

/// Reads the bytes of what a run answered.
///
/// Status and headers are in the run. The bytes are the tenant's, so that no browser is to take them for a page of this server.
#[utoipa::path(get, path = "/api/runs/{id}/response", tag = "runs", params(RunPlace),
    responses(
        (status = 200, description = "The body.", body = Vec<u8>, content_type = "application/octet-stream"),
        Refusals,
    ))]
pub(crate) async fn get_response(
    Tenant(tenant): Tenant,
    State(state): State<ApiState>,
    Path(RunPlace { id }): Path<RunPlace>,
) -> Result<Response, Refusal> {
    let response = state.runner().response(&tenant, id).await?;
    let body = state.runner().response_body(&tenant, &response).await?;
    let headers = [
        (header::CONTENT_TYPE, "application/octet-stream"),
        (header::X_CONTENT_TYPE_OPTIONS, "nosniff"),
        (header::CONTENT_DISPOSITION, "attachment"),
    ];
    Ok((headers, Body::from_stream(body)).into_response())
}
