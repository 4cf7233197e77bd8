use monshyflow_sdk::{NodeError, Object};
use serde_json::Value;

use crate::params::Params;

/// The claims of a new token, as JSON text.
pub(crate) fn of(params: &Params, now: f64) -> Result<String, NodeError> {
    let text = match params.claims.as_string() {
        Some(text) => text,
        None if params.claims.is_null() => "{}".to_owned(),
        None => params.claims.text().to_owned(),
    };
    let mut claims = Object::parse(&text).map_err(|error| {
        let message = format!("parameter /claims is not a JSON object: {error}");
        NodeError::invalid("invalid-claims", message).at("/claims")
    })?;
    let now = now as i64;
    if params.issued_at && claims.get_field("iat").is_none() {
        claims.set_field("iat", now.to_string());
    }
    if params.expires_in > 0 {
        claims.set_field("exp", (now + i64::from(params.expires_in)).to_string());
    }
    Ok(claims.to_text())
}

/// Whether a token holds now, and for whom (RFC 7519, section 4.1).
pub(crate) fn check(params: &Params, payload: &str, now: f64) -> Result<(), NodeError> {
    let claims: Value = serde_json::from_str(payload).unwrap_or_default();
    let tolerance = f64::from(params.clock_tolerance);
    if !params.ignore_expiry && time(&claims, "exp")?.is_some_and(|end| now >= end + tolerance) {
        return Err(refused("token-expired", "the token has expired"));
    }
    if !params.ignore_not_before && time(&claims, "nbf")?.is_some_and(|start| now + tolerance < start) {
        return Err(refused("token-not-yet-valid", "the token is not valid yet"));
    }
    if !params.issuer.is_empty() && claims["iss"] != params.issuer.as_str() {
        let message = format!(
            "the token is by {}, and not by `{}`",
            claims["iss"], params.issuer
        );
        return Err(refused("wrong-issuer", &message));
    }
    let is_meant = |audience: &Value| *audience == params.audience.as_str();
    let is_among = claims["aud"]
        .as_array()
        .is_some_and(|list| list.iter().any(is_meant));
    if !params.audience.is_empty() && !is_meant(&claims["aud"]) && !is_among {
        let message = format!(
            "the token is for {}, and not for `{}`",
            claims["aud"], params.audience
        );
        return Err(refused("wrong-audience", &message));
    }
    Ok(())
}

/// Seconds since 1970. A time that cannot be read must not pass for none.
fn time(claims: &Value, name: &str) -> Result<Option<f64>, NodeError> {
    match claims.get(name) {
        None => Ok(None),
        Some(value) => match value.as_f64() {
            Some(seconds) => Ok(Some(seconds)),
            None => Err(refused(
                "invalid-token",
                &format!("the token's `{name}` is not a number"),
            )),
        },
    }
}

fn refused(code: &str, message: &str) -> NodeError {
    NodeError::invalid(code, message).at("/token")
}
