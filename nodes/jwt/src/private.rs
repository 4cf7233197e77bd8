use monshyflow_sdk::NodeError;
use p256::SecretKey;
use p256::ecdsa::{Signature, SigningKey};
use rsa::RsaPrivateKey;
use rsa::pkcs1::DecodeRsaPrivateKey;
use rsa::pkcs1v15;
use rsa::pkcs8::DecodePrivateKey;
use rsa::signature::{RandomizedSigner, SignatureEncoding, Signer};
use sha2::{Sha256, Sha384, Sha512};

use crate::params::{Algorithm, Params};
use monshyflow_sdk::random::HostRandom;

/// Blinded with random numbers, so that the time it takes says nothing of the key.
pub(crate) fn sign_rsa(params: &Params, message: &[u8]) -> Result<Vec<u8>, NodeError> {
    let pem = params.private_key.trim();
    let key = RsaPrivateKey::from_pkcs8_pem(pem)
        .or_else(|_| RsaPrivateKey::from_pkcs1_pem(pem))
        .map_err(|_| invalid("RSA, in PKCS#8 or PKCS#1"))?;
    let random = &mut HostRandom;
    let signature = match params.algorithm {
        Algorithm::RS384 => pkcs1v15::SigningKey::<Sha384>::new(key).try_sign_with_rng(random, message),
        Algorithm::RS512 => pkcs1v15::SigningKey::<Sha512>::new(key).try_sign_with_rng(random, message),
        _ => pkcs1v15::SigningKey::<Sha256>::new(key).try_sign_with_rng(random, message),
    };
    Ok(signature.map_err(failed)?.to_vec())
}

pub(crate) fn sign_p256(params: &Params, message: &[u8]) -> Result<Vec<u8>, NodeError> {
    let pem = params.private_key.trim();
    let key = SecretKey::from_pkcs8_pem(pem)
        .or_else(|_| SecretKey::from_sec1_pem(pem))
        .map_err(|_| invalid("of the curve P-256, in PKCS#8 or SEC1"))?;
    let signature: Signature = SigningKey::from(key).try_sign(message).map_err(failed)?;
    Ok(signature.to_vec())
}

fn invalid(expected: &str) -> NodeError {
    let message = format!(
        "parameter /privateKey: this is not a private key {expected}, as PEM without a password; check the key and the algorithm"
    );
    NodeError::invalid("invalid-key", message).at("/privateKey")
}

fn failed(error: rsa::signature::Error) -> NodeError {
    NodeError::permanent("signing-failed", format!("the key does not sign this: {error}")).at("/privateKey")
}
