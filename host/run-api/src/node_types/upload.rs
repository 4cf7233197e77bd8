use axum::extract::State;
use axum::http::{StatusCode, header};
use monshyflow_web::{IdempotencyKey, Json, Tenant};

use super::body::NodeType;
use super::wasm::Wasm;
use crate::ApiState;
use crate::problems::Refusals;
use crate::refuse::Refusal;

/// Makes a component a node type of the tenant, or a newer one behind a name that it has.
///
/// It is checked and compiled before the answer, and the examples of its manifest that need no grant are tried. Nothing is
/// granted by uploading. The same file again changes nothing.
#[utoipa::path(post, path = "/api/node-types", tag = "node types",
    params(("Idempotency-Key" = Option<String>, Header,
        description = "Taken as everywhere, and not needed: the same file again changes nothing.", max_length = 200)),
    request_body(content = Vec<u8>, content_type = "application/wasm", description = "A component of at most 32 MiB."),
    responses(
        (status = 201, description = "It can be used.", body = NodeType, headers(("Location" = String))),
        Refusals,
    ))]
pub(crate) async fn upload_node_type(
    Tenant(tenant): Tenant,
    State(state): State<ApiState>,
    _: Option<IdempotencyKey>,
    Wasm(wasm): Wasm,
) -> Result<(StatusCode, [(header::HeaderName, String); 1], Json<NodeType>), Refusal> {
    let info = state.catalog().publish_node(&tenant, wasm).await?;
    let place = format!("/api/node-types/{}/{}", info.name.name(), info.name.major());
    Ok((
        StatusCode::CREATED,
        [(header::LOCATION, place)],
        Json(info.into()),
    ))
}
