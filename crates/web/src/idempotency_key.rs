use axum::extract::{FromRequestParts, OptionalFromRequestParts};
use axum::http::request::Parts;

use crate::{Problem, code};

const LONGEST: usize = 200;

/// The header `Idempotency-Key`: 1 to 200 visible ASCII characters, the client's name for one intended effect.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct IdempotencyKey(pub String);

impl<S: Send + Sync> OptionalFromRequestParts<S> for IdempotencyKey {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Option<Self>, Problem> {
        let mut values = parts.headers.get_all("idempotency-key").iter();
        let Some(value) = values.next() else {
            return Ok(None);
        };
        let visible = |byte: &u8| byte.is_ascii_graphic();
        let fits = (1..=LONGEST).contains(&value.len()) && value.as_bytes().iter().all(visible);
        match value.to_str() {
            Ok(text) if fits && values.next().is_none() => Ok(Some(Self(text.to_owned()))),
            _ => {
                let detail =
                    format!("send Idempotency-Key once, with 1 to {LONGEST} visible ASCII characters");
                Err(Problem::new(&code::INVALID_IDEMPOTENCY_KEY, detail))
            }
        }
    }
}

/// For operations that may not be started without one.
impl<S: Send + Sync> FromRequestParts<S> for IdempotencyKey {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, Problem> {
        let key = <Self as OptionalFromRequestParts<S>>::from_request_parts(parts, state).await?;
        key.ok_or_else(|| {
            Problem::new(
                &code::INVALID_IDEMPOTENCY_KEY,
                "this operation needs an Idempotency-Key",
            )
        })
    }
}
