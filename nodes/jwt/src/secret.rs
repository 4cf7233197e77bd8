use base64::Engine;
use base64::alphabet;
use base64::engine::DecodePaddingMode;
use base64::engine::general_purpose::{GeneralPurpose, GeneralPurposeConfig};
use hmac::digest::Digest;
use hmac::digest::core_api::BlockSizeUser;
use hmac::{Mac, SimpleHmac};
use monshyflow_sdk::NodeError;
use sha2::{Sha256, Sha384, Sha512};

use crate::params::{Algorithm, Params};

const LENIENT: GeneralPurposeConfig =
    GeneralPurposeConfig::new().with_decode_padding_mode(DecodePaddingMode::Indifferent);

pub(crate) fn sign(params: &Params, message: &[u8]) -> Result<Vec<u8>, NodeError> {
    let secret = secret(params)?;
    match params.algorithm {
        Algorithm::HS384 => Ok(mac::<Sha384>(&secret, message)?.finalize().into_bytes().to_vec()),
        Algorithm::HS512 => Ok(mac::<Sha512>(&secret, message)?.finalize().into_bytes().to_vec()),
        _ => Ok(mac::<Sha256>(&secret, message)?.finalize().into_bytes().to_vec()),
    }
}

/// Takes the same time wherever they differ.
pub(crate) fn verify(params: &Params, message: &[u8], signature: &[u8]) -> Result<bool, NodeError> {
    let secret = secret(params)?;
    Ok(match params.algorithm {
        Algorithm::HS384 => mac::<Sha384>(&secret, message)?.verify_slice(signature).is_ok(),
        Algorithm::HS512 => mac::<Sha512>(&secret, message)?.verify_slice(signature).is_ok(),
        _ => mac::<Sha256>(&secret, message)?.verify_slice(signature).is_ok(),
    })
}

fn mac<D: Digest + BlockSizeUser>(secret: &[u8], message: &[u8]) -> Result<SimpleHmac<D>, NodeError> {
    let mac = <SimpleHmac<D> as Mac>::new_from_slice(secret);
    let mut mac = mac.map_err(|error| invalid(&error.to_string()))?;
    mac.update(message);
    Ok(mac)
}

fn secret(params: &Params) -> Result<Vec<u8>, NodeError> {
    if params.secret.is_empty() {
        return Err(invalid("an empty secret protects nothing; write one"));
    }
    if !params.secret_is_base64 {
        return Ok(params.secret.clone().into_bytes());
    }
    let dense: String = params.secret.split_whitespace().collect();
    let alphabet = if dense.contains(['-', '_']) {
        alphabet::URL_SAFE
    } else {
        alphabet::STANDARD
    };
    let decoded = GeneralPurpose::new(&alphabet, LENIENT).decode(dense);
    decoded.map_err(|error| invalid(&format!("it is not base64: {error}")))
}

fn invalid(problem: &str) -> NodeError {
    NodeError::invalid("invalid-key", format!("parameter /secret: {problem}")).at("/secret")
}
