use axum::body::HttpBody;
use axum::extract::{FromRequest, Request};
use serde::Deserialize;

use crate::{JsonBytes, Problem, parse_json};

const LARGEST: usize = 64 * 1024;

/// For operations that say all in their address: nothing, or an empty JSON object. Fields are refused with their names, so
/// that nobody believes that they count.
#[derive(Debug)]
pub struct NoBody;

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Nothing {}

impl<S: Send + Sync> FromRequest<S> for NoBody {
    type Rejection = Problem;

    async fn from_request(request: Request, state: &S) -> Result<Self, Problem> {
        if request.body().is_end_stream() {
            return Ok(Self);
        }
        match Option::<JsonBytes<LARGEST>>::from_request(request, state).await? {
            Some(JsonBytes(body)) if !body.is_empty() => parse_json(&body).map(|Nothing {}| Self),
            _ => Ok(Self),
        }
    }
}
