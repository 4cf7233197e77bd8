use std::io::Write;

use monshyflow_sdk::random::fill;
use monshyflow_sdk::{Attachment, Context, NodeError, blobs};
use uuid::Builder;

use crate::params::{Kind, Params};

/// As long as a random value may be.
const MAX_LENGTH: u32 = 1024 * 1024;

const LETTERS: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";

/// A random text.
pub(crate) fn text(params: &Params, context: &Context) -> Result<String, NodeError> {
    match params.kind {
        Kind::Uuid => {
            let mut bytes = [0; 16];
            fill(&mut bytes)?;
            Ok(Builder::from_random_bytes(bytes).into_uuid().to_string())
        }
        Kind::UuidV7 => {
            let mut bytes = [0; 10];
            fill(&mut bytes)?;
            let builder = Builder::from_unix_timestamp_millis(context.run_time_ms as u64, &bytes);
            Ok(builder.into_uuid().to_string())
        }
        Kind::Text => letters(length(params)?, &LETTERS[..62]),
        Kind::Hex => letters(length(params)?, b"0123456789abcdef"),
        Kind::Base64 => letters(length(params)?, LETTERS),
        // Not a text; the caller makes an attachment.
        Kind::Bytes => Ok(String::new()),
    }
}

/// Random bytes as an attachment.
pub(crate) fn attachment(params: &Params) -> Result<Attachment, NodeError> {
    let mut bytes = vec![0; length(params)?];
    fill(&mut bytes)?;
    let mut writer = blobs::create()?;
    writer.write_all(&bytes)?;
    Ok(writer.finish(&params.output_field, "application/octet-stream", None)?)
}

/// So many letters of an alphabet, each as likely as the others.
fn letters(length: usize, alphabet: &[u8]) -> Result<String, NodeError> {
    // Bytes at the upper end would make some letters likelier.
    let limit = 256 - 256 % alphabet.len();
    let mut text = String::with_capacity(length);
    let mut bytes = [0; 256];
    while text.len() < length {
        fill(&mut bytes)?;
        let fair = bytes
            .iter()
            .map(|byte| usize::from(*byte))
            .filter(|byte| *byte < limit);
        let missing = length - text.len();
        text.extend(
            fair.take(missing)
                .map(|byte| char::from(alphabet[byte % alphabet.len()])),
        );
    }
    Ok(text)
}

fn length(params: &Params) -> Result<usize, NodeError> {
    if (1..=MAX_LENGTH).contains(&params.length) {
        return Ok(params.length as usize);
    }
    let problem = format!("{} is not between 1 and {MAX_LENGTH}", params.length);
    Err(NodeError::invalid_param("/length", problem))
}

#[cfg(test)]
mod tests {
    use std::collections::HashSet;

    use super::*;

    #[test]
    fn letters_are_of_the_alphabet_and_all_occur() {
        let text = letters(10_000, &LETTERS[..62]).unwrap();
        assert_eq!(text.len(), 10_000);
        assert!(text.bytes().all(|byte| byte.is_ascii_alphanumeric()));
        assert_eq!(text.bytes().collect::<HashSet<_>>().len(), 62);
        assert_ne!(
            letters(32, b"0123456789abcdef").unwrap(),
            letters(32, b"0123456789abcdef").unwrap()
        );
    }

    #[test]
    fn uuids_say_their_version_and_time() {
        let context = Context {
            run_id: String::new(),
            step_id: String::new(),
            node_name: String::new(),
            workflow_name: String::new(),
            attempt: 1,
            iteration: Vec::new(),
            run_time_ms: 1_750_000_000_000.0,
            time_zone: "UTC".to_owned(),
            keep_going: false,
        };
        let made = |kind| {
            let params = Params {
                kind,
                ..Params::default()
            };
            uuid::Uuid::parse_str(&text(&params, &context).unwrap()).unwrap()
        };
        let (four, seven) = (made(Kind::Uuid), made(Kind::UuidV7));
        assert_eq!((four.get_version_num(), seven.get_version_num()), (4, 7));
        assert_eq!(seven.as_u128() >> 80, 1_750_000_000_000);
        assert_ne!(four, made(Kind::Uuid));
    }
}
