use monshyflow_sdk::NodeError;

/// As much of a document as is searched for its declaration.
const DECLARATION: usize = 256;

/// The text of an XML file in the encoding that its first bytes or its declaration say (XML 1.0, appendix F).
///
/// # Errors
///
/// `invalid-encoding`.
pub(crate) fn decode(bytes: Vec<u8>) -> Result<String, NodeError> {
    match bytes.as_slice() {
        [0xFF, 0xFE, rest @ ..] => utf_16(rest, u16::from_le_bytes),
        [0xFE, 0xFF, rest @ ..] => utf_16(rest, u16::from_be_bytes),
        [b'<', 0, ..] => utf_16(&bytes, u16::from_le_bytes),
        [0, b'<', ..] => utf_16(&bytes, u16::from_be_bytes),
        [0xEF, 0xBB, 0xBF, rest @ ..] => utf_8(rest.to_vec()),
        _ => match declared(&bytes).as_deref() {
            None | Some("utf-8" | "utf8" | "us-ascii" | "ascii") => utf_8(bytes),
            Some("iso-8859-1" | "latin1") => Ok(bytes.into_iter().map(char::from).collect()),
            Some(other) => Err(invalid(format!(
                "the XML says that its encoding is `{other}`; UTF-8, UTF-16 and ISO-8859-1 can be read"
            ))),
        },
    }
}

fn utf_8(bytes: Vec<u8>) -> Result<String, NodeError> {
    String::from_utf8(bytes).map_err(|error| {
        let at = error.utf8_error().valid_up_to();
        invalid(format!(
            "the XML is not UTF-8 from byte {at} on, and declares no other encoding"
        ))
    })
}

fn utf_16(bytes: &[u8], unit: fn([u8; 2]) -> u16) -> Result<String, NodeError> {
    let pairs = bytes.chunks_exact(2);
    let whole = pairs.remainder().is_empty();
    let units = pairs.map(|pair| unit([pair[0], pair[1]]));
    let text: Result<String, _> = char::decode_utf16(units).collect();
    text.ok()
        .filter(|_| whole)
        .ok_or_else(|| invalid("the XML starts as UTF-16, but is not".to_owned()))
}

fn declared(bytes: &[u8]) -> Option<String> {
    let start = &bytes[..bytes.len().min(DECLARATION)];
    let start = String::from_utf8_lossy(start);
    let declaration = start.strip_prefix("<?xml")?.split("?>").next()?;
    let (_, value) = declaration.split_once("encoding")?;
    let value = value.trim_start().strip_prefix('=')?.trim_start();
    let quote = value.chars().next().filter(|quote| "\"'".contains(*quote))?;
    let name = value[1..].split(quote).next()?;
    Some(name.to_ascii_lowercase())
}

fn invalid(message: String) -> NodeError {
    NodeError::invalid("invalid-encoding", message).at("/attachment")
}
