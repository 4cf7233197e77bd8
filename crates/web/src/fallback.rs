use axum::http::{Method, Uri};

use crate::query::short;
use crate::{Problem, code};

pub(crate) async fn not_found(uri: Uri) -> Problem {
    let detail = format!(
        "there is nothing at `{}`; /api/docs lists what there is",
        short(uri.path())
    );
    Problem::new(&code::NOT_FOUND, detail)
}

pub(crate) async fn method_not_allowed(method: Method, uri: Uri) -> Problem {
    let detail = format!(
        "`{}` does not take {}; see the header Allow",
        short(uri.path()),
        short(method.as_str())
    );
    Problem::new(&code::METHOD_NOT_ALLOWED, detail)
}
