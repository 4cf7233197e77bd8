use monshyflow_sdk::NodeError;
use p256::ecdsa;
use rsa::RsaPublicKey;
use rsa::pkcs1::DecodeRsaPublicKey;
use rsa::pkcs8::DecodePublicKey;
use rsa::signature::Verifier;
use rsa::{pkcs1v15, pss};
use sha2::{Sha256, Sha384, Sha512};

use crate::params::{Algorithm, Params};

pub(crate) fn verify_rsa(params: &Params, message: &[u8], signature: &[u8]) -> Result<bool, NodeError> {
    let pem = params.public_key.trim();
    let key = RsaPublicKey::from_public_key_pem(pem)
        .or_else(|_| RsaPublicKey::from_pkcs1_pem(pem))
        .map_err(|_| invalid("RSA"))?;
    Ok(match params.algorithm {
        Algorithm::RS384 => holds(&pkcs1v15::VerifyingKey::<Sha384>::new(key), message, signature),
        Algorithm::RS512 => holds(&pkcs1v15::VerifyingKey::<Sha512>::new(key), message, signature),
        Algorithm::PS256 => holds(&pss::VerifyingKey::<Sha256>::new(key), message, signature),
        Algorithm::PS384 => holds(&pss::VerifyingKey::<Sha384>::new(key), message, signature),
        Algorithm::PS512 => holds(&pss::VerifyingKey::<Sha512>::new(key), message, signature),
        _ => holds(&pkcs1v15::VerifyingKey::<Sha256>::new(key), message, signature),
    })
}

fn holds<S: for<'a> TryFrom<&'a [u8]>>(key: &impl Verifier<S>, message: &[u8], signature: &[u8]) -> bool {
    S::try_from(signature).is_ok_and(|signature| key.verify(message, &signature).is_ok())
}

pub(crate) fn verify_p256(params: &Params, message: &[u8], signature: &[u8]) -> Result<bool, NodeError> {
    let key = p256::PublicKey::from_public_key_pem(params.public_key.trim());
    let key = key.map_err(|_| invalid("of the curve P-256"))?;
    let Ok(signature) = ecdsa::Signature::from_slice(signature) else {
        return Ok(false);
    };
    Ok(ecdsa::VerifyingKey::from(key).verify(message, &signature).is_ok())
}

fn invalid(expected: &str) -> NodeError {
    let message = format!(
        "parameter /publicKey: this is not a public key {expected}, as PEM; check the key and the algorithm"
    );
    NodeError::invalid("invalid-key", message).at("/publicKey")
}
