use std::borrow::Cow;
use std::sync::{Arc, LazyLock};

use axum::http::{HeaderName, header};
use axum::response::{IntoResponse, Redirect};
use bytes::Bytes;
use monshyflow_web::{Path, Problem, code};
use utoipa_swagger_ui::Config;

use crate::problems::PublicRefusals;
use crate::refuse::Refusal;

/// The page's scripts are files of this server, and it talks to this server only. It sets styles in attributes and draws
/// icons from `data:`.
const POLICY: &str = "default-src 'none'; script-src 'self'; style-src 'self' 'unsafe-inline'; img-src 'self' data:; \
                      connect-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'";

/// Goes to the page below.
#[utoipa::path(get, path = "/api/docs", tag = "operations", security(()),
    responses((status = 303, description = "To `/api/docs/`."), PublicRefusals))]
pub(crate) async fn docs() -> Redirect {
    Redirect::to("/api/docs/index.html")
}

/// Shows this document as a page for people, with its scripts and styles.
#[utoipa::path(get, path = "/api/docs/{file}", tag = "operations", security(()),
    params(("file" = String, Path, description = "`index.html` or what it asks for.")),
    responses((status = 200, description = "The file.", body = Vec<u8>, content_type = "text/html"), PublicRefusals))]
pub(crate) async fn docs_file(Path(file): Path<String>) -> Result<impl IntoResponse, Refusal> {
    // No validator: it would send the document's address to a stranger.
    static CONFIG: LazyLock<Arc<Config<'static>>> = LazyLock::new(|| {
        Arc::new(
            Config::from("/api/openapi.json")
                .validator_url("none")
                .try_it_out_enabled(true),
        )
    });
    let Ok(Some(file)) = utoipa_swagger_ui::serve(&file, CONFIG.clone()) else {
        return Err(Problem::new(&code::NOT_FOUND, "the documentation has no such file").into());
    };
    let headers: [(HeaderName, Cow<'static, str>); 2] = [
        (header::CONTENT_TYPE, file.content_type.into()),
        (header::CONTENT_SECURITY_POLICY, POLICY.into()),
    ];
    let headers = headers.map(|(name, value)| (name, value.into_owned()));
    Ok((headers, Bytes::from(file.bytes.into_owned())))
}
