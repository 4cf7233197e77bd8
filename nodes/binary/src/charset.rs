use schemars::JsonSchema;
use serde::Deserialize;

#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Charset {
    #[default]
    #[serde(rename = "utf-8")]
    Utf8,
    #[serde(rename = "utf-16le")]
    Utf16Le,
    #[serde(rename = "utf-16be")]
    Utf16Be,
    /// Western European, as older Windows programs write it.
    #[serde(rename = "windows-1252")]
    Windows1252,
    /// Western European.
    #[serde(rename = "iso-8859-1")]
    Latin1,
    Ascii,
}

/// What windows-1252 has from 0x80 to 0x9f, where ISO 8859-1 has control characters (WHATWG Encoding, index windows-1252).
const WINDOWS_1252: [char; 32] = [
    '€', '\u{81}', '‚', 'ƒ', '„', '…', '†', '‡', 'ˆ', '‰', 'Š', '‹', 'Œ', '\u{8d}', 'Ž', '\u{8f}', '\u{90}',
    '‘', '’', '“', '”', '•', '–', '—', '˜', '™', 'š', '›', 'œ', '\u{9d}', 'ž', 'Ÿ',
];

const BOM: char = '\u{feff}';

impl Charset {
    /// The text without byte order mark.
    ///
    /// # Errors
    ///
    /// In words, if bytes stand for no letter and are not to be replaced.
    pub(crate) fn decode(self, bytes: Vec<u8>, replace: bool) -> Result<String, String> {
        let text = match self {
            Self::Utf8 => match String::from_utf8(bytes) {
                Ok(text) => text,
                Err(error) if replace => String::from_utf8_lossy(error.as_bytes()).into_owned(),
                Err(error) => return Err(format!("byte {} is not UTF-8", error.utf8_error().valid_up_to())),
            },
            Self::Utf16Le => decode_utf16(&bytes, u16::from_le_bytes, replace)?,
            Self::Utf16Be => decode_utf16(&bytes, u16::from_be_bytes, replace)?,
            Self::Latin1 => bytes.into_iter().map(char::from).collect(),
            Self::Windows1252 => bytes.into_iter().map(from_windows_1252).collect(),
            Self::Ascii => match bytes.iter().position(|byte| !byte.is_ascii()) {
                Some(position) if !replace => return Err(format!("byte {position} is not ASCII")),
                _ => bytes
                    .into_iter()
                    .map(|byte| {
                        if byte.is_ascii() {
                            char::from(byte)
                        } else {
                            '\u{fffd}'
                        }
                    })
                    .collect(),
            },
        };
        Ok(match text.strip_prefix(BOM) {
            Some(rest) => rest.to_owned(),
            None => text,
        })
    }

    /// # Errors
    ///
    /// In words, if a letter has no byte.
    pub(crate) fn encode(self, text: &str, add_bom: bool) -> Result<Vec<u8>, String> {
        let has_bom = matches!(self, Self::Utf8 | Self::Utf16Le | Self::Utf16Be);
        let bom = if add_bom && has_bom { "\u{feff}" } else { "" };
        let units = || bom.encode_utf16().chain(text.encode_utf16());
        match self {
            Self::Utf8 => Ok([bom.as_bytes(), text.as_bytes()].concat()),
            Self::Utf16Le => Ok(units().flat_map(u16::to_le_bytes).collect()),
            Self::Utf16Be => Ok(units().flat_map(u16::to_be_bytes).collect()),
            Self::Latin1 => single_bytes(text, |letter| u8::try_from(letter).ok()),
            Self::Windows1252 => single_bytes(text, to_windows_1252),
            Self::Ascii => single_bytes(text, |letter| letter.is_ascii().then_some(letter as u8)),
        }
    }
}

fn decode_utf16(bytes: &[u8], unit: fn([u8; 2]) -> u16, replace: bool) -> Result<String, String> {
    if bytes.len() % 2 == 1 && !replace {
        return Err("it has an odd number of bytes, which is not UTF-16".to_owned());
    }
    let units: Vec<u16> = bytes
        .chunks_exact(2)
        .map(|pair| unit([pair[0], pair[1]]))
        .collect();
    if replace {
        let tail = if bytes.len() % 2 == 1 { "\u{fffd}" } else { "" };
        return Ok(String::from_utf16_lossy(&units) + tail);
    }
    String::from_utf16(&units).map_err(|_| "it holds half of a pair, which is not UTF-16".to_owned())
}

fn from_windows_1252(byte: u8) -> char {
    match byte {
        0x80..=0x9f => WINDOWS_1252[usize::from(byte - 0x80)],
        _ => char::from(byte),
    }
}

fn to_windows_1252(letter: char) -> Option<u8> {
    match WINDOWS_1252.iter().position(|known| *known == letter) {
        Some(position) => u8::try_from(position + 0x80).ok(),
        None => u8::try_from(letter)
            .ok()
            .filter(|byte| !(0x80..=0x9f).contains(byte)),
    }
}

fn single_bytes(text: &str, byte: impl Fn(char) -> Option<u8>) -> Result<Vec<u8>, String> {
    let letters = text.chars();
    letters
        .map(|letter| byte(letter).ok_or_else(|| format!("`{letter}` has no byte in this encoding")))
        .collect()
}
