use std::collections::BTreeMap;

use axum::body::HttpBody;
use axum::extract::{FromRequest, Request};
use serde::de::IgnoredAny;

use crate::query::short;
use crate::{JsonBytes, Problem, code, parse_json};

const LARGEST: usize = 64 * 1024;

/// For operations that say all in their address: nothing, or an empty JSON object. Fields are refused with their names, so
/// that nobody believes that they count.
#[derive(Debug)]
pub struct NoBody;

impl<S: Send + Sync> FromRequest<S> for NoBody {
    type Rejection = Problem;

    async fn from_request(request: Request, state: &S) -> Result<Self, Problem> {
        // As programs say it that send a media type with everything.
        if request.body().is_end_stream() {
            return Ok(Self);
        }
        match Option::<JsonBytes<LARGEST>>::from_request(request, state).await? {
            Some(JsonBytes(body)) if !body.is_empty() => empty_object(&body),
            _ => Ok(Self),
        }
    }
}

fn empty_object(body: &[u8]) -> Result<NoBody, Problem> {
    let fields: BTreeMap<String, IgnoredAny> = parse_json(body)?;
    if fields.is_empty() {
        return Ok(NoBody);
    }
    let names: Vec<String> = fields.into_keys().collect();
    let names = short(&names.join("`, `"));
    let detail = format!("unknown field `{names}`: this operation takes no body");
    Err(Problem::new(&code::INVALID_BODY, detail))
}
