use hmac::digest::DynDigest;
use hmac::digest::core_api::BlockSizeUser;
use hmac::{Mac, SimpleHmac};
use md5::Md5;
use monshyflow_sdk::NodeError;
use sha1::Sha1;
use sha2::digest::Digest;
use sha2::{Sha224, Sha256, Sha384, Sha512};
use sha3::{Sha3_256, Sha3_384, Sha3_512};

use crate::encoding::{Encoding, decode};
use crate::input::Input;
use crate::params::{Algorithm, Params, SecretEncoding};

pub(crate) fn hash(algorithm: Algorithm, input: Input<'_>) -> Result<Vec<u8>, NodeError> {
    let mut digest: Box<dyn DynDigest> = match algorithm {
        Algorithm::Md5 => Box::new(Md5::new()),
        Algorithm::Sha1 => Box::new(Sha1::new()),
        Algorithm::Sha224 => Box::new(Sha224::new()),
        Algorithm::Sha256 => Box::new(Sha256::new()),
        Algorithm::Sha384 => Box::new(Sha384::new()),
        Algorithm::Sha512 => Box::new(Sha512::new()),
        Algorithm::Sha3_256 => Box::new(Sha3_256::new()),
        Algorithm::Sha3_384 => Box::new(Sha3_384::new()),
        Algorithm::Sha3_512 => Box::new(Sha3_512::new()),
    };
    input.pieces(|piece| digest.update(piece))?;
    Ok(digest.finalize().into_vec())
}

pub(crate) fn hmac(algorithm: Algorithm, secret: &[u8], input: Input<'_>) -> Result<Vec<u8>, NodeError> {
    match algorithm {
        Algorithm::Md5 => hmac_with::<Md5>(secret, input),
        Algorithm::Sha1 => hmac_with::<Sha1>(secret, input),
        Algorithm::Sha224 => hmac_with::<Sha224>(secret, input),
        Algorithm::Sha256 => hmac_with::<Sha256>(secret, input),
        Algorithm::Sha384 => hmac_with::<Sha384>(secret, input),
        Algorithm::Sha512 => hmac_with::<Sha512>(secret, input),
        Algorithm::Sha3_256 => hmac_with::<Sha3_256>(secret, input),
        Algorithm::Sha3_384 => hmac_with::<Sha3_384>(secret, input),
        Algorithm::Sha3_512 => hmac_with::<Sha3_512>(secret, input),
    }
}

fn hmac_with<D: Digest + BlockSizeUser>(secret: &[u8], input: Input<'_>) -> Result<Vec<u8>, NodeError> {
    let mac = <SimpleHmac<D> as Mac>::new_from_slice(secret);
    let mut mac = mac.map_err(|error| {
        NodeError::invalid("invalid-secret", format!("parameter /secret: {error}")).at("/secret")
    })?;
    input.pieces(|piece| mac.update(piece))?;
    Ok(mac.finalize().into_bytes().to_vec())
}

/// The secret's bytes.
pub(crate) fn secret(params: &Params) -> Result<Vec<u8>, NodeError> {
    if params.secret.is_empty() {
        let problem = "an empty secret protects nothing; write one";
        return Err(NodeError::invalid_param("/secret", problem));
    }
    match params.secret_encoding {
        SecretEncoding::Text => Ok(params.secret.clone().into_bytes()),
        SecretEncoding::Hex => decode(Encoding::Hex, &params.secret, "/secret"),
        SecretEncoding::Base64 => decode(Encoding::Base64, &params.secret, "/secret"),
    }
}
