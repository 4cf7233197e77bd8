//! Signs, verifies and decodes JSON Web Tokens (RFC 7519).

mod claims;
mod params;
mod private;
mod public;
mod secret;
mod token;

use monshyflow_sdk::{Context, Item, NewItem, NodeError, Object, Path, each};
use serde_json::{Value, json};

pub use params::Params;
use params::{Algorithm, Operation};
use token::Token;

fn run(params: &Params, item: Item, context: &Context) -> Result<NewItem, NodeError> {
    let name = match (params.output_field.as_str(), params.operation) {
        ("", Operation::Sign) => "token",
        ("", _) => "payload",
        (name, _) => name,
    };
    let invalid = |error: String| NodeError::invalid_param("/outputField", error);
    let path = Path::parse(name).map_err(|error| invalid(error.to_string()))?;
    let mut object = item.object()?;
    // Seconds since 1970, as claims count.
    let now = (context.run_time_ms / 1000.0).floor();
    let result = match params.operation {
        Operation::Sign => signed(params, now)?,
        Operation::Verify => {
            let token = Token::read(&params.token)?;
            verify(params, &token)?;
            claims::check(params, &token.payload, now)?;
            shown(params, token)
        }
        Operation::Decode => shown(params, Token::read(&params.token)?),
    };
    object
        .set(&path, result)
        .map_err(|error| invalid(error.to_string()))?;
    Ok(item.replaced(object.to_text()))
}

/// A new token, as JSON text.
fn signed(params: &Params, now: f64) -> Result<String, NodeError> {
    let mut header = json!({ "alg": params.algorithm, "typ": "JWT" });
    if !params.key_id.is_empty() {
        header["kid"] = Value::from(params.key_id.as_str());
    }
    let message = token::message(&header.to_string(), &claims::of(params, now)?);
    let bytes = message.as_bytes();
    let signature = match params.algorithm {
        Algorithm::HS256 | Algorithm::HS384 | Algorithm::HS512 => secret::sign(params, bytes)?,
        Algorithm::ES256 => private::sign_p256(params, bytes)?,
        _ => private::sign_rsa(params, bytes)?,
    };
    Ok(Value::from(format!("{message}.{}", token::encode(&signature))).to_string())
}

/// The algorithm is the author's and not the token's choice, or a public key could be taken for a secret.
fn verify(params: &Params, token: &Token<'_>) -> Result<(), NodeError> {
    let expected = json!(params.algorithm);
    if token.algorithm() != expected.as_str() {
        let message = format!(
            "the token is signed with {}, and not with {}",
            token.algorithm().unwrap_or("nothing"),
            expected.as_str().unwrap_or_default()
        );
        return Err(NodeError::invalid("wrong-algorithm", message).at("/token"));
    }
    let message = token.message.as_bytes();
    let holds = match params.algorithm {
        Algorithm::HS256 | Algorithm::HS384 | Algorithm::HS512 => {
            secret::verify(params, message, &token.signature)?
        }
        Algorithm::ES256 => public::verify_p256(params, message, &token.signature)?,
        _ => public::verify_rsa(params, message, &token.signature)?,
    };
    if holds {
        return Ok(());
    }
    let message = "the signature is not by this key, or the token was changed";
    Err(NodeError::invalid("invalid-signature", message).at("/token"))
}

/// What leaves, as JSON text.
fn shown(params: &Params, token: Token<'_>) -> String {
    if !params.complete {
        return token.payload;
    }
    let mut complete = Object::default();
    complete.set_field("header", token.header.to_string());
    complete.set_field("payload", token.payload);
    complete.set_field(
        "signature",
        Value::from(token::encode(&token.signature)).to_string(),
    );
    complete.to_text()
}

each!(run);
