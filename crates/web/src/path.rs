use axum::extract::FromRequestParts;
use axum::extract::path::ErrorKind;
use axum::extract::rejection::PathRejection;
use axum::http::request::Parts;
use serde::de::DeserializeOwned;

use crate::{Problem, code};

/// Parts of the path. Ids are opaque to clients, so one that cannot be an id names nothing: 404, as for an unknown one.
#[derive(Debug)]
pub struct Path<T>(pub T);

impl<S: Send + Sync, T: DeserializeOwned + Send> FromRequestParts<S> for Path<T> {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, Problem> {
        match axum::extract::Path::from_request_parts(parts, state).await {
            Ok(axum::extract::Path(path)) => Ok(Self(path)),
            Err(PathRejection::FailedToDeserializePathParams(rejection)) => {
                Err(refuse(rejection.into_kind()))
            }
            Err(rejection) => Err(Problem::internal(&rejection)),
        }
    }
}

fn refuse(kind: ErrorKind) -> Problem {
    match kind {
        ErrorKind::InvalidUtf8InPathParam { key } => Problem::new(
            &code::INVALID_PATH,
            format!("`{key}` in the path is not UTF-8 after percent-decoding"),
        ),
        ErrorKind::ParseErrorAtKey {
            key,
            value,
            expected_type,
        } if expected_type.starts_with(['u', 'i']) => {
            let detail = format!("`{key}` in the path is a whole number, and `{value}` is none");
            Problem::new(&code::NOT_FOUND, crate::query::short(&detail))
        }
        ErrorKind::ParseErrorAtKey { key, value, .. } | ErrorKind::DeserializeError { key, value, .. } => {
            let detail = format!("nothing has the {key} `{value}`");
            Problem::new(&code::NOT_FOUND, crate::query::short(&detail))
        }
        other => Problem::new(&code::NOT_FOUND, crate::query::short(&other.to_string())),
    }
}
