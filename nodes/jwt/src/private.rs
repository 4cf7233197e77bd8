use monshyflow_sdk::NodeError;
use monshyflow_sdk::random::HostRandom;
use p256::SecretKey;
use p256::ecdsa::{Signature, SigningKey};
use rsa::RsaPrivateKey;
use rsa::pkcs1::DecodeRsaPrivateKey;
use rsa::pkcs8::DecodePrivateKey;
use rsa::signature::{RandomizedSigner, SignatureEncoding, Signer};
use rsa::{pkcs1v15, pss};
use sha2::{Sha256, Sha384, Sha512};

use crate::params::{Algorithm, Params};

/// Blinded with random numbers, so that the time it takes says nothing of the key.
pub(crate) fn sign_rsa(params: &Params, message: &[u8]) -> Result<Vec<u8>, NodeError> {
    let pem = params.private_key.trim();
    let key = RsaPrivateKey::from_pkcs8_pem(pem)
        .or_else(|_| RsaPrivateKey::from_pkcs1_pem(pem))
        .map_err(|_| invalid("RSA, in PKCS#8 or PKCS#1"))?;
    match params.algorithm {
        Algorithm::RS384 => signed(&pkcs1v15::SigningKey::<Sha384>::new(key), message),
        Algorithm::RS512 => signed(&pkcs1v15::SigningKey::<Sha512>::new(key), message),
        Algorithm::PS256 => signed(&pss::BlindedSigningKey::<Sha256>::new(key), message),
        Algorithm::PS384 => signed(&pss::BlindedSigningKey::<Sha384>::new(key), message),
        Algorithm::PS512 => signed(&pss::BlindedSigningKey::<Sha512>::new(key), message),
        _ => signed(&pkcs1v15::SigningKey::<Sha256>::new(key), message),
    }
}

fn signed<S: SignatureEncoding>(
    key: &impl RandomizedSigner<S>,
    message: &[u8],
) -> Result<Vec<u8>, NodeError> {
    let signature = key.try_sign_with_rng(&mut HostRandom, message);
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

#[cfg(test)]
mod tests {
    use super::*;
    use crate::public::verify_rsa;

    /// The signature is random, so no case can show it.
    #[test]
    fn pss_signatures_verify() {
        let key = RsaPrivateKey::new(&mut HostRandom, 1100).unwrap();
        let ending = rsa::pkcs8::LineEnding::LF;
        let private = rsa::pkcs8::EncodePrivateKey::to_pkcs8_pem(&key, ending).unwrap();
        let public = rsa::pkcs8::EncodePublicKey::to_public_key_pem(&key.to_public_key(), ending).unwrap();
        for algorithm in [Algorithm::PS256, Algorithm::PS384, Algorithm::PS512] {
            let params = Params {
                algorithm,
                private_key: private.to_string(),
                public_key: public.clone(),
                ..Params::default()
            };
            let signature = sign_rsa(&params, b"data").unwrap();
            assert_eq!(verify_rsa(&params, b"data", &signature), Ok(true));
            assert_eq!(verify_rsa(&params, b"other", &signature), Ok(false));
        }
    }
}
