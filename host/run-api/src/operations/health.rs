use crate::problems::PublicRefusals;

/// Says that the process answers.
///
/// It looks at nothing else.
#[utoipa::path(get, path = "/healthz", tag = "operations", security(()),
    responses((status = 200, description = "It does.", body = String, content_type = "text/plain"), PublicRefusals))]
pub(crate) async fn health() -> &'static str {
    "ok\n"
}
