use monshyflow_sdk::RawJson;
use schemars::JsonSchema;
use serde::Deserialize;

use crate::encoding::Encoding;

#[derive(Debug, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields, default)]
pub struct Params {
    #[schemars(title = "Operation")]
    pub operation: Operation,
    /// Where the data comes from.
    #[schemars(title = "Source", extend("x-show-if" = { "operation": ["hash", "hmac", "sign", "verifyHmac", "verifySignature", "encode"] }))]
    pub source: Source,
    /// The text to work on. Other values count by their JSON text.
    #[schemars(title = "Value", extend("x-widget" = "text", "x-show-if" = { "operation": ["hash", "hmac", "sign", "verifyHmac", "verifySignature", "encode", "decode"], "source": ["text"] }))]
    pub value: RawJson,
    /// Name of the item's attachment.
    #[schemars(title = "Attachment", length(min = 1), extend("x-show-if" = { "operation": ["hash", "hmac", "sign", "verifyHmac", "verifySignature", "encode"], "source": ["attachment"] }))]
    pub attachment: String,
    #[schemars(title = "Hash", extend("x-show-if" = { "operation": ["hash", "hmac", "verifyHmac"] }))]
    pub algorithm: Algorithm,
    /// The key that both sides know.
    #[schemars(title = "Secret", extend("x-widget" = "password", "x-show-if" = { "operation": ["hmac", "verifyHmac"] }))]
    pub secret: String,
    /// How the secret's bytes are written.
    #[schemars(title = "Secret is", extend("x-group" = "options", "x-show-if" = { "operation": ["hmac", "verifyHmac"] }))]
    pub secret_encoding: SecretEncoding,
    #[schemars(title = "Signature", extend("x-show-if" = { "operation": ["sign", "verifySignature"] }))]
    pub signature: Signature,
    /// PEM: PKCS#8, or PKCS#1 for RSA, or SEC1 for ECDSA; not encrypted.
    #[schemars(title = "Private key", extend("x-widget" = "password", "x-placeholder" = "-----BEGIN PRIVATE KEY-----", "x-show-if" = { "operation": ["sign"] }))]
    pub private_key: String,
    /// PEM: SubjectPublicKeyInfo, or PKCS#1 for RSA.
    #[schemars(title = "Public key", extend("x-widget" = "text", "x-placeholder" = "-----BEGIN PUBLIC KEY-----", "x-show-if" = { "operation": ["verifySignature"] }))]
    pub public_key: String,
    /// The code or the signature that came with the data, such as a header of a webhook. `sha256=` before it does not count.
    #[schemars(title = "Expected", extend("x-placeholder" = "{{ $json.headers['x-hub-signature-256'] }}", "x-show-if" = { "operation": ["verifyHmac", "verifySignature"] }))]
    pub expected: RawJson,
    /// What happens if it is another.
    #[schemars(title = "If it differs", extend("x-show-if" = { "operation": ["verifyHmac", "verifySignature"] }))]
    pub on_mismatch: OnMismatch,
    /// How bytes are written as text.
    #[schemars(title = "Encoding", extend("x-show-if" = { "operation": ["hash", "hmac", "sign", "verifyHmac", "verifySignature", "encode", "decode"] }))]
    pub encoding: Encoding,
    /// What is made.
    #[schemars(title = "Kind", extend("x-show-if" = { "operation": ["generate"] }))]
    pub kind: Kind,
    /// Characters, or bytes of an attachment.
    #[schemars(title = "Length", range(min = 1, max = 1_048_576), extend("x-show-if" = { "operation": ["generate"], "kind": ["text", "hex", "base64", "bytes"] }))]
    pub length: u32,
    /// Field that takes the result, name or path; with bytes the attachment.
    #[schemars(title = "Output field", length(min = 1))]
    pub output_field: String,
}

#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub enum Operation {
    /// A fingerprint of the data.
    #[default]
    Hash,
    /// A fingerprint that only who knows the secret can make.
    Hmac,
    /// A signature by a private key, which who has the public key can check.
    Sign,
    /// Whether a fingerprint is that of the data.
    VerifyHmac,
    /// Whether a signature is of the data and by the key.
    VerifySignature,
    /// A random value.
    Generate,
    /// Bytes as text.
    Encode,
    /// Text back into what it was.
    Decode,
}

#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub enum Source {
    /// The parameter `value`.
    #[default]
    Text,
    Attachment,
}

#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Deserialize, JsonSchema)]
pub enum Algorithm {
    /// Broken: only where somebody asks for it.
    #[serde(rename = "md5")]
    Md5,
    /// Broken: only where somebody asks for it.
    #[serde(rename = "sha1")]
    Sha1,
    #[serde(rename = "sha224")]
    Sha224,
    #[default]
    #[serde(rename = "sha256")]
    Sha256,
    #[serde(rename = "sha384")]
    Sha384,
    #[serde(rename = "sha512")]
    Sha512,
    #[serde(rename = "sha3-256")]
    Sha3_256,
    #[serde(rename = "sha3-384")]
    Sha3_384,
    #[serde(rename = "sha3-512")]
    Sha3_512,
}

#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub enum SecretEncoding {
    /// The text itself.
    #[default]
    Text,
    Hex,
    Base64,
}

#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Signature {
    /// RSA, PKCS#1 v1.5.
    #[default]
    RsaSha256,
    /// RSA, PKCS#1 v1.5.
    RsaSha384,
    /// RSA, PKCS#1 v1.5.
    RsaSha512,
    RsaPssSha256,
    RsaPssSha384,
    RsaPssSha512,
    /// ECDSA with curve P-256 and SHA-256, in DER.
    EcdsaP256,
    Ed25519,
}

#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub enum OnMismatch {
    /// The item fails.
    #[default]
    Error,
    /// The result is `false`.
    False,
}

#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub enum Kind {
    /// UUID, version 4: all by chance.
    #[default]
    Uuid,
    /// UUID, version 7: starts with the run's time, so later ones sort behind.
    UuidV7,
    /// Letters and digits.
    Text,
    /// Hexadecimal digits.
    Hex,
    /// Letters, digits, `+` and `/`.
    Base64,
    /// An attachment.
    Bytes,
}

impl Default for Params {
    fn default() -> Self {
        Self {
            operation: Operation::default(),
            source: Source::default(),
            value: RawJson::default(),
            attachment: "data".to_owned(),
            algorithm: Algorithm::default(),
            secret: String::new(),
            secret_encoding: SecretEncoding::default(),
            signature: Signature::default(),
            private_key: String::new(),
            public_key: String::new(),
            expected: RawJson::default(),
            on_mismatch: OnMismatch::default(),
            encoding: Encoding::default(),
            kind: Kind::default(),
            length: 32,
            output_field: "data".to_owned(),
        }
    }
}

impl Algorithm {
    /// As services write it before a code.
    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::Md5 => "md5",
            Self::Sha1 => "sha1",
            Self::Sha224 => "sha224",
            Self::Sha256 => "sha256",
            Self::Sha384 => "sha384",
            Self::Sha512 => "sha512",
            Self::Sha3_256 => "sha3-256",
            Self::Sha3_384 => "sha3-384",
            Self::Sha3_512 => "sha3-512",
        }
    }
}
