use axum::extract::{FromRef, FromRequestParts};
use axum::http::request::Parts;
use axum::http::{HeaderValue, header};
use monshyflow_ids::TenantId;

use crate::{ApiKeys, Problem, code};

/// Who asks, as proved by `Authorization: Bearer mfk_...`. The first argument of every handler that touches data, so
/// that nothing else of a stranger's request is looked at.
#[derive(Debug, Clone)]
pub struct Tenant(pub TenantId);

impl<S> FromRequestParts<S> for Tenant
where
    S: Send + Sync,
    ApiKeys: FromRef<S>,
{
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, Problem> {
        let Some(credentials) = parts.headers.get(header::AUTHORIZATION) else {
            let detail = "send your API key as `Authorization: Bearer mfk_...`";
            return Err(refuse(detail, "Bearer realm=\"monshyflow\""));
        };
        let bearer = credentials.to_str().ok().and_then(|text| text.split_once(' '));
        let key = bearer
            .filter(|(scheme, _)| scheme.eq_ignore_ascii_case("bearer"))
            .map(|(_, key)| key.trim());
        key.and_then(|key| ApiKeys::from_ref(state).tenant(key)).map(Self).ok_or_else(|| {
            let detail = "this API key is not valid; send `Authorization: Bearer mfk_...` with a key of this server";
            refuse(detail, "Bearer realm=\"monshyflow\", error=\"invalid_token\"")
        })
    }
}

fn refuse(detail: &str, challenge: &'static str) -> Problem {
    Problem::new(&code::UNAUTHENTICATED, detail)
        .header(header::WWW_AUTHENTICATE, HeaderValue::from_static(challenge))
}
