use monshyflow_sdk::RawJson;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

#[derive(Debug, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields, default)]
pub struct Params {
    #[schemars(title = "Operation")]
    pub operation: Operation,
    /// The token to look into.
    #[schemars(title = "Token", extend("x-show-if" = { "operation": ["verify", "decode"] }))]
    pub token: String,
    /// How tokens are signed. A token that says otherwise is refused.
    #[schemars(title = "Algorithm", extend("x-show-if" = { "operation": ["sign", "verify"] }))]
    pub algorithm: Algorithm,
    /// The key that both sides know.
    #[schemars(title = "Secret", extend("x-widget" = "password", "x-show-if" = { "operation": ["sign", "verify"], "algorithm": ["HS256", "HS384", "HS512"] }))]
    pub secret: String,
    /// The secret is written in base64. Off: it is the text itself.
    #[schemars(title = "Secret is base64", extend("x-group" = "options", "x-show-if" = { "operation": ["sign", "verify"], "algorithm": ["HS256", "HS384", "HS512"] }))]
    pub secret_is_base64: bool,
    /// PEM: PKCS#8, or PKCS#1 for RSA, or SEC1 for ES256; not encrypted.
    #[schemars(title = "Private key", extend("x-widget" = "password", "x-placeholder" = "-----BEGIN PRIVATE KEY-----", "x-show-if" = { "operation": ["sign"], "algorithm": ["RS256", "RS384", "RS512", "PS256", "PS384", "PS512", "ES256"] }))]
    pub private_key: String,
    /// PEM: SubjectPublicKeyInfo, or PKCS#1 for RSA.
    #[schemars(title = "Public key", extend("x-widget" = "text", "x-placeholder" = "-----BEGIN PUBLIC KEY-----", "x-show-if" = { "operation": ["verify"], "algorithm": ["RS256", "RS384", "RS512", "PS256", "PS384", "PS512", "ES256"] }))]
    pub public_key: String,
    /// What the token says: an object, or its JSON text.
    #[schemars(title = "Claims", extend("x-widget" = "code", "x-language" = "json", "x-placeholder" = "{ \"sub\": \"42\" }", "x-show-if" = { "operation": ["sign"] }))]
    pub claims: RawJson,
    /// Seconds from the run's time on. 0: the claims say, or it does not end.
    #[schemars(title = "Expires in (s)", extend("x-show-if" = { "operation": ["sign"] }))]
    pub expires_in: u32,
    /// The token says when it was made, in `iat`.
    #[schemars(title = "Add time of issue", extend("x-group" = "options", "x-show-if" = { "operation": ["sign"] }))]
    pub issued_at: bool,
    /// Tells who verifies which key it was, in the header's `kid`.
    #[schemars(title = "Key ID", extend("x-group" = "options", "x-show-if" = { "operation": ["sign"] }))]
    pub key_id: String,
    /// Who must have made the token (`iss`). Empty: anybody.
    #[schemars(title = "Issuer", extend("x-group" = "options", "x-show-if" = { "operation": ["verify"] }))]
    pub issuer: String,
    /// For whom the token must be (`aud`). Empty: anybody.
    #[schemars(title = "Audience", extend("x-group" = "options", "x-show-if" = { "operation": ["verify"] }))]
    pub audience: String,
    /// A token that has ended passes too.
    #[schemars(title = "Ignore expiry", extend("x-group" = "options", "x-show-if" = { "operation": ["verify"] }))]
    pub ignore_expiry: bool,
    /// A token that does not begin yet passes too.
    #[schemars(title = "Ignore beginning", extend("x-group" = "options", "x-show-if" = { "operation": ["verify"] }))]
    pub ignore_not_before: bool,
    /// Seconds by which clocks may differ.
    #[schemars(title = "Clock tolerance (s)", extend("x-group" = "options", "x-show-if" = { "operation": ["verify"] }))]
    pub clock_tolerance: u32,
    /// Header, payload and signature. Off: the payload alone.
    #[schemars(title = "Complete", extend("x-group" = "options", "x-show-if" = { "operation": ["verify", "decode"] }))]
    pub complete: bool,
    /// Field that takes the result, name or path. Empty: `token`, or `payload`.
    #[schemars(title = "Output field")]
    pub output_field: String,
}

#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub enum Operation {
    /// Makes a token.
    #[default]
    Sign,
    /// Checks signature, time, issuer and audience, and gives the claims.
    Verify,
    /// Gives the claims of a token that anybody may have made.
    Decode,
}

#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub enum Algorithm {
    /// HMAC with SHA-256.
    #[default]
    HS256,
    /// HMAC with SHA-384.
    HS384,
    /// HMAC with SHA-512.
    HS512,
    /// RSA, PKCS#1 v1.5 with SHA-256.
    RS256,
    /// RSA, PKCS#1 v1.5 with SHA-384.
    RS384,
    /// RSA, PKCS#1 v1.5 with SHA-512.
    RS512,
    /// RSA, PSS with SHA-256.
    PS256,
    /// RSA, PSS with SHA-384.
    PS384,
    /// RSA, PSS with SHA-512.
    PS512,
    /// ECDSA with curve P-256 and SHA-256.
    ES256,
}

impl Default for Params {
    fn default() -> Self {
        Self {
            operation: Operation::default(),
            token: String::new(),
            algorithm: Algorithm::default(),
            secret: String::new(),
            secret_is_base64: false,
            private_key: String::new(),
            public_key: String::new(),
            claims: RawJson::default(),
            expires_in: 0,
            issued_at: true,
            key_id: String::new(),
            issuer: String::new(),
            audience: String::new(),
            ignore_expiry: false,
            ignore_not_before: false,
            clock_tolerance: 0,
            complete: false,
            output_field: String::new(),
        }
    }
}
