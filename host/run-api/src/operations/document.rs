use std::sync::LazyLock;

use axum::http::{HeaderName, header};
use bytes::Bytes;

use crate::openapi::openapi;
use crate::problems::PublicRefusals;

/// Answers with the OpenAPI 3.1 document of all operations.
#[utoipa::path(get, path = "/api/openapi.json", tag = "operations", security(()),
    responses((status = 200, description = "The document.", body = Object), PublicRefusals))]
pub(crate) async fn openapi_document() -> ([(HeaderName, &'static str); 1], Bytes) {
    static TEXT: LazyLock<Bytes> =
        LazyLock::new(|| serde_json::to_vec(&openapi()).unwrap_or_default().into());
    ([(header::CONTENT_TYPE, "application/json")], TEXT.clone())
}
