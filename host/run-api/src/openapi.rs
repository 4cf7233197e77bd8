use monshyflow_web::ProblemDocument;
use utoipa::openapi::OpenApi;
use utoipa::openapi::security::{Http, HttpAuthScheme, SecurityScheme};
use utoipa::{Modify, OpenApi as _};

use crate::router::routes;

/// The OpenAPI 3.1 document of every operation.
pub fn openapi() -> OpenApi {
    routes().into_openapi()
}

#[derive(utoipa::OpenApi)]
#[openapi(
    info(
        title = "MonshyFlow",
        description = "Workflows whose every step is a sandboxed WebAssembly component. Send your API key as \
                       `Authorization: Bearer mfk_...`. Errors are RFC 9457 problems with a stable `code`. \
                       Lists answer `{items, nextCursor}`; times are RFC 3339 in UTC; ids are opaque.",
        license(name = "Apache-2.0", identifier = "Apache-2.0"),
    ),
    tags(
        (name = "workflows", description = "Authored graphs: a draft while edited, immutable numbered versions once published."),
        (name = "runs", description = "Executions of workflows, their steps and their events."),
        (name = "expressions", description = "What stands in `{{ }}`, evaluated for a preview."),
        (name = "node types", description = "Components that workflows are made of, and what they were granted."),
        (name = "operations", description = "Health, metrics and this documentation."),
    ),
    components(schemas(ProblemDocument)),
    security(("apiKey" = [])),
    modifiers(&Keys),
)]
struct Base;

/// What is not in any one operation.
pub(crate) fn base() -> OpenApi {
    Base::openapi()
}

struct Keys;

impl Modify for Keys {
    fn modify(&self, openapi: &mut OpenApi) {
        let mut bearer = Http::new(HttpAuthScheme::Bearer);
        bearer.bearer_format = Some("mfk_...".to_owned());
        bearer.description = Some("An API key.".to_owned());
        openapi
            .components
            .get_or_insert_default()
            .add_security_scheme("apiKey", SecurityScheme::Http(bearer));
    }
}
