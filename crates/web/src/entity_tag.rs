use axum::extract::{FromRequestParts, OptionalFromRequestParts};
use axum::http::request::Parts;
use axum::http::{HeaderValue, header};
use axum::response::{IntoResponseParts, ResponseParts};

use crate::{Problem, code};

/// The version of what is answered, as the header `ETag`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ETag(pub u64);

impl IntoResponseParts for ETag {
    type Error = std::convert::Infallible;

    fn into_response_parts(self, mut parts: ResponseParts) -> Result<ResponseParts, Self::Error> {
        if let Ok(value) = HeaderValue::try_from(format!("\"{}\"", self.0)) {
            parts.headers_mut().insert(header::ETAG, value);
        }
        Ok(parts)
    }
}

/// The version that the client saw and wants to replace (RFC 9110, 13.1.1). One strong tag; without the header the
/// answer is 428, unless the operation takes `Option<IfMatch>`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct IfMatch(pub u64);

impl<S: Send + Sync> FromRequestParts<S> for IfMatch {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, Problem> {
        let found = <Self as OptionalFromRequestParts<S>>::from_request_parts(parts, state).await?;
        found.ok_or_else(|| {
            let detail = "send If-Match with the ETag that you read, so that nobody's change is lost";
            Problem::new(&code::PRECONDITION_REQUIRED, detail)
        })
    }
}

impl<S: Send + Sync> OptionalFromRequestParts<S> for IfMatch {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Option<Self>, Problem> {
        let mut values = parts.headers.get_all(header::IF_MATCH).iter();
        let Some(value) = values.next() else {
            return Ok(None);
        };
        let text = value.to_str().unwrap_or_default().trim();
        let tag = text.strip_prefix('"').and_then(|rest| rest.strip_suffix('"'));
        match tag {
            Some(tag) if values.next().is_none() && !tag.contains('"') => {
                tag.parse().map(Self).map(Some).map_err(|_| {
                    let detail = "If-Match names a version that never was; read it again and send its ETag";
                    Problem::new(&code::PRECONDITION_FAILED, detail)
                })
            }
            _ => {
                let detail = "If-Match must be one ETag as it was answered, such as \"3\" with its quotes";
                Err(Problem::new(&code::INVALID_IF_MATCH, detail))
            }
        }
    }
}
