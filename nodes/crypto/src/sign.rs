use ed25519_dalek::Signer;
use ed25519_dalek::pkcs8::DecodePrivateKey;
use monshyflow_sdk::NodeError;
use monshyflow_sdk::random::HostRandom;
use rsa::RsaPrivateKey;
use rsa::pkcs1::DecodeRsaPrivateKey;
use rsa::signature::{DigestSigner, RandomizedDigestSigner, SignatureEncoding};
use rsa::{pkcs1v15, pss};
use sha2::digest::Digest;
use sha2::{Sha256, Sha384, Sha512};

use crate::input::Input;
use crate::params::{Params, Signature};

pub(crate) fn sign(params: &Params, input: Input<'_>) -> Result<Vec<u8>, NodeError> {
    let pem = params.private_key.trim();
    match params.signature {
        Signature::RsaSha256 => rsa_signed(&pkcs1v15::SigningKey::<Sha256>::new(rsa_key(pem)?), input),
        Signature::RsaSha384 => rsa_signed(&pkcs1v15::SigningKey::<Sha384>::new(rsa_key(pem)?), input),
        Signature::RsaSha512 => rsa_signed(&pkcs1v15::SigningKey::<Sha512>::new(rsa_key(pem)?), input),
        Signature::RsaPssSha256 => rsa_signed(&pss::BlindedSigningKey::<Sha256>::new(rsa_key(pem)?), input),
        Signature::RsaPssSha384 => rsa_signed(&pss::BlindedSigningKey::<Sha384>::new(rsa_key(pem)?), input),
        Signature::RsaPssSha512 => rsa_signed(&pss::BlindedSigningKey::<Sha512>::new(rsa_key(pem)?), input),
        Signature::EcdsaP256 => {
            let key = p256::SecretKey::from_pkcs8_pem(pem).or_else(|_| p256::SecretKey::from_sec1_pem(pem));
            let key = key.map_err(|_| invalid_key("of the curve P-256, in PKCS#8 or SEC1"))?;
            let key = p256::ecdsa::SigningKey::from(key);
            let signature: p256::ecdsa::Signature =
                key.try_sign_digest(digested::<Sha256>(input)?).map_err(failed)?;
            Ok(signature.to_der().as_bytes().to_vec())
        }
        Signature::Ed25519 => {
            let key = ed25519_dalek::SigningKey::from_pkcs8_pem(pem)
                .map_err(|_| invalid_key("Ed25519, in PKCS#8"))?;
            // Ed25519 reads the data twice, so it cannot come in pieces.
            Ok(key.try_sign(&input.whole()?).map_err(failed)?.to_vec())
        }
    }
}

fn rsa_key(pem: &str) -> Result<RsaPrivateKey, NodeError> {
    let key = RsaPrivateKey::from_pkcs8_pem(pem);
    key.or_else(|_| RsaPrivateKey::from_pkcs1_pem(pem))
        .map_err(|_| invalid_key("RSA, in PKCS#8 or PKCS#1"))
}

/// Blinded with random numbers, so that the time it takes says nothing of the key.
fn rsa_signed<D: Digest, S: SignatureEncoding>(
    key: &impl RandomizedDigestSigner<D, S>,
    input: Input<'_>,
) -> Result<Vec<u8>, NodeError> {
    let signature = key.try_sign_digest_with_rng(&mut HostRandom, digested(input)?);
    Ok(signature.map_err(failed)?.to_vec())
}

pub(crate) fn digested<D: Digest>(input: Input<'_>) -> Result<D, NodeError> {
    let mut digest = D::new();
    input.pieces(|piece| digest.update(piece))?;
    Ok(digest)
}

fn invalid_key(expected: &str) -> NodeError {
    let message = format!(
        "parameter /privateKey: this is not a private key {expected}, as PEM without a password; check the key and the kind of signature"
    );
    NodeError::invalid("invalid-key", message).at("/privateKey")
}

fn failed(error: rsa::signature::Error) -> NodeError {
    NodeError::permanent("signing-failed", format!("the key does not sign this: {error}")).at("/privateKey")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::encoding::Encoding;
    use crate::verify;

    /// The signature is random, so no case can show it.
    #[test]
    fn pss_signatures_verify() {
        let key = RsaPrivateKey::new(&mut HostRandom, 1100).unwrap();
        let private = rsa::pkcs8::EncodePrivateKey::to_pkcs8_pem(&key, rsa::pkcs8::LineEnding::LF).unwrap();
        let public =
            rsa::pkcs8::EncodePublicKey::to_public_key_pem(&key.to_public_key(), rsa::pkcs8::LineEnding::LF);
        let mut params = Params {
            private_key: private.to_string(),
            public_key: public.unwrap(),
            ..Params::default()
        };
        let input = |text: &str| Input::Text(text.to_owned());
        for kind in [
            Signature::RsaPssSha256,
            Signature::RsaPssSha384,
            Signature::RsaPssSha512,
        ] {
            params.signature = kind;
            let signature = Encoding::Hex.encode(&sign(&params, input("data")).unwrap());
            params.expected = serde_json::from_value(signature.into()).unwrap();
            assert_eq!(verify::signature(&params, input("data")), Ok(true));
            let error = verify::signature(&params, input("other")).unwrap_err();
            assert_eq!(error.code, "invalid-signature");
        }
    }
}
