use ed25519_dalek::pkcs8::DecodePublicKey;
use monshyflow_sdk::NodeError;
use rsa::pkcs1::DecodeRsaPublicKey;
use rsa::signature::DigestVerifier;
use rsa::{RsaPublicKey, pkcs1v15, pss};
use sha2::digest::Digest;
use sha2::{Sha256, Sha384, Sha512};
use subtle::ConstantTimeEq;

use crate::encoding::decode;
use crate::hash;
use crate::input::Input;
use crate::params::{OnMismatch, Params, Signature};
use crate::sign::digested;

/// Whether the expected code is that of the data. The time it takes says nothing of where they differ.
pub(crate) fn hmac(params: &Params, input: Input<'_>) -> Result<bool, NodeError> {
    let code = hash::hmac(params.algorithm, &hash::secret(params)?, input)?;
    settle(
        params,
        expected(params).is_some_and(|expected| code.ct_eq(&expected).into()),
    )
}

/// Whether the expected signature is of the data and by the key.
pub(crate) fn signature(params: &Params, input: Input<'_>) -> Result<bool, NodeError> {
    let pem = params.public_key.trim();
    let expected = expected(params).unwrap_or_default();
    let expected = expected.as_slice();
    let holds = match params.signature {
        Signature::RsaSha256 => rsa(
            &pkcs1v15::VerifyingKey::<Sha256>::new(rsa_key(pem)?),
            input,
            expected,
        )?,
        Signature::RsaSha384 => rsa(
            &pkcs1v15::VerifyingKey::<Sha384>::new(rsa_key(pem)?),
            input,
            expected,
        )?,
        Signature::RsaSha512 => rsa(
            &pkcs1v15::VerifyingKey::<Sha512>::new(rsa_key(pem)?),
            input,
            expected,
        )?,
        Signature::RsaPssSha256 => rsa(&pss::VerifyingKey::<Sha256>::new(rsa_key(pem)?), input, expected)?,
        Signature::RsaPssSha384 => rsa(&pss::VerifyingKey::<Sha384>::new(rsa_key(pem)?), input, expected)?,
        Signature::RsaPssSha512 => rsa(&pss::VerifyingKey::<Sha512>::new(rsa_key(pem)?), input, expected)?,
        Signature::EcdsaP256 => {
            let key = p256::PublicKey::from_public_key_pem(pem);
            let key = p256::ecdsa::VerifyingKey::from(key.map_err(|_| invalid_key("of the curve P-256"))?);
            let digest = digested::<Sha256>(input)?;
            let signature = p256::ecdsa::Signature::from_der(expected)
                .or_else(|_| p256::ecdsa::Signature::from_slice(expected));
            signature.is_ok_and(|signature| key.verify_digest(digest, &signature).is_ok())
        }
        Signature::Ed25519 => {
            let key = ed25519_dalek::VerifyingKey::from_public_key_pem(pem);
            let key = key.map_err(|_| invalid_key("Ed25519"))?;
            let data = input.whole()?;
            ed25519_dalek::Signature::from_slice(expected)
                .is_ok_and(|signature| key.verify_strict(&data, &signature).is_ok())
        }
    };
    settle(params, holds)
}

fn rsa<D: Digest, S: for<'a> TryFrom<&'a [u8]>>(
    key: &impl DigestVerifier<D, S>,
    input: Input<'_>,
    expected: &[u8],
) -> Result<bool, NodeError> {
    let digest = digested(input)?;
    let signature = S::try_from(expected).ok();
    Ok(signature.is_some_and(|signature| key.verify_digest(digest, &signature).is_ok()))
}

fn rsa_key(pem: &str) -> Result<RsaPublicKey, NodeError> {
    let key = RsaPublicKey::from_public_key_pem(pem);
    key.or_else(|_| RsaPublicKey::from_pkcs1_pem(pem))
        .map_err(|_| invalid_key("RSA"))
}

/// What a stranger sent: if it cannot be read it is wrong, as anything else that they could send. `sha256=` before a code, as
/// some services write it, does not count.
fn expected(params: &Params) -> Option<Vec<u8>> {
    let text = params.expected.as_string()?;
    let text = text.trim();
    let bare = match text.split_once('=') {
        Some((name, rest)) if name.eq_ignore_ascii_case(params.algorithm.name()) => rest,
        _ => text,
    };
    decode(params.encoding, bare, "/expected").ok()
}

fn settle(params: &Params, holds: bool) -> Result<bool, NodeError> {
    if holds || params.on_mismatch == OnMismatch::False {
        return Ok(holds);
    }
    let message = "the signature is not that of the data: it was made with another key, or of other data";
    Err(NodeError::invalid("invalid-signature", message).at("/expected"))
}

fn invalid_key(expected: &str) -> NodeError {
    let message = format!(
        "parameter /publicKey: this is not a public key {expected}, as PEM; check the key and the kind of signature"
    );
    NodeError::invalid("invalid-key", message).at("/publicKey")
}
