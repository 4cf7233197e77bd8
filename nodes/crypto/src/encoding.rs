use base64::alphabet;
use base64::engine::general_purpose::{GeneralPurpose, GeneralPurposeConfig};
use base64::engine::{DecodePaddingMode, Engine};
use monshyflow_sdk::NodeError;
use schemars::JsonSchema;
use serde::Deserialize;

#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub enum Encoding {
    #[default]
    Hex,
    Base64,
    /// Base64 with `-` and `_`, without `=`.
    Base64Url,
}

const LENIENT: GeneralPurposeConfig =
    GeneralPurposeConfig::new().with_decode_padding_mode(DecodePaddingMode::Indifferent);
const BASE64: GeneralPurpose = GeneralPurpose::new(&alphabet::STANDARD, LENIENT);
const BASE64_URL: GeneralPurpose =
    GeneralPurpose::new(&alphabet::URL_SAFE, LENIENT.with_encode_padding(false));

impl Encoding {
    pub(crate) fn encode(self, bytes: &[u8]) -> String {
        match self {
            Self::Hex => hex::encode(bytes),
            Self::Base64 => BASE64.encode(bytes),
            Self::Base64Url => BASE64_URL.encode(bytes),
        }
    }
}

/// White space, and what pads base64, may be there or not.
///
/// # Errors
///
/// `invalid-encoding` at the parameter `place`.
pub(crate) fn decode(encoding: Encoding, text: &str, place: &str) -> Result<Vec<u8>, NodeError> {
    let dense: String = text.split_whitespace().collect();
    let (name, decoded) = match encoding {
        Encoding::Hex => (
            "hexadecimal",
            hex::decode(&dense).map_err(|error| error.to_string()),
        ),
        Encoding::Base64 => ("base64", BASE64.decode(&dense).map_err(|error| error.to_string())),
        Encoding::Base64Url => (
            "base64url",
            BASE64_URL.decode(&dense).map_err(|error| error.to_string()),
        ),
    };
    decoded.map_err(|error| {
        let message = format!("parameter {place} is not {name}: {error}");
        NodeError::invalid("invalid-encoding", message).at(place)
    })
}
