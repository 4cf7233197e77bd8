use base64::Engine;
use base64::prelude::BASE64_URL_SAFE_NO_PAD;
use monshyflow_sdk::{NodeError, Object};
use serde_json::Value;

/// A token in its parts (RFC 7515, compact serialization).
pub(crate) struct Token<'a> {
    pub(crate) header: Value,
    /// JSON text of an object.
    pub(crate) payload: String,
    pub(crate) signature: Vec<u8>,
    /// What was signed.
    pub(crate) message: &'a str,
}

impl<'a> Token<'a> {
    /// # Errors
    ///
    /// `invalid-token` if `text` is none.
    pub(crate) fn read(text: &'a str) -> Result<Self, NodeError> {
        let text = text.trim();
        // People paste the whole header of a request.
        let text = text.strip_prefix("Bearer ").unwrap_or(text).trim();
        let parts: Vec<&str> = text.split('.').collect();
        let [header, payload, signature] = parts[..] else {
            return Err(invalid(&format!("it has {} parts and not three", parts.len())));
        };
        let part = |text: &str, name: &str| {
            BASE64_URL_SAFE_NO_PAD
                .decode(text)
                .map_err(|error| invalid(&format!("its {name} is not base64url: {error}")))
        };
        let header = serde_json::from_slice(&part(header, "header")?)
            .map_err(|error| invalid(&format!("its header is not JSON: {error}")))?;
        let payload =
            String::from_utf8(part(payload, "payload")?).map_err(|_| invalid("its payload is not text"))?;
        Object::parse(&payload)
            .map_err(|error| invalid(&format!("its payload is not a JSON object: {error}")))?;
        let signature = part(signature, "signature")?;
        let message = text.rsplit_once('.').map_or("", |(message, _)| message);
        Ok(Self {
            header,
            payload,
            signature,
            message,
        })
    }

    pub(crate) fn algorithm(&self) -> Option<&str> {
        self.header.get("alg")?.as_str()
    }
}

/// What a signature is made of.
pub(crate) fn message(header: &str, payload: &str) -> String {
    format!("{}.{}", encode(header.as_bytes()), encode(payload.as_bytes()))
}

pub(crate) fn encode(bytes: &[u8]) -> String {
    BASE64_URL_SAFE_NO_PAD.encode(bytes)
}

fn invalid(problem: &str) -> NodeError {
    NodeError::invalid(
        "invalid-token",
        format!("parameter /token is not a JSON Web Token: {problem}"),
    )
    .at("/token")
}
