use axum::http::{HeaderName, header};
use monshyflow_web::{Path, Problem, code};

use crate::problems::PublicRefusals;
use crate::refuse::Refusal;

/// Codes and their pages, by code: everything in `docs/errors`.
pub const ERROR_PAGES: &[(&str, &str)] = include!(concat!(env!("OUT_DIR"), "/error_pages.rs"));

/// Explains a code: what it means, and what to do.
#[utoipa::path(get, path = "/api/errors/{code}", tag = "operations", security(()),
    params(("code" = String, Path, description = "`code` of a problem.")),
    responses(
        (status = 200, description = "Markdown for people.", body = String, content_type = "text/plain"),
        PublicRefusals,
    ))]
pub(crate) async fn error_page(
    Path(name): Path<String>,
) -> Result<([(HeaderName, &'static str); 1], &'static str), Refusal> {
    let found = ERROR_PAGES.binary_search_by_key(&name.as_str(), |(known, _)| known);
    match found.ok().and_then(|at| ERROR_PAGES.get(at)) {
        // Not text/markdown: browsers would offer it as a download.
        Some((_, page)) => Ok(([(header::CONTENT_TYPE, "text/plain; charset=utf-8")], page)),
        None => Err(Problem::new(&code::NOT_FOUND, "there is no error with this code").into()),
    }
}
