use super::{Body, Piece};
use crate::Attachment;

/// `multipart/form-data` (RFC 7578).
#[derive(Debug, Clone, Default)]
pub struct Multipart {
    parts: Vec<Part>,
}

#[derive(Debug, Clone)]
struct Part {
    name: String,
    file_name: Option<String>,
    media_type: Option<String>,
    content: Piece,
}

impl Multipart {
    pub fn new() -> Self {
        Self::default()
    }

    pub fn text(mut self, name: impl Into<String>, value: impl Into<String>) -> Self {
        let content = Piece::Bytes(value.into().into_bytes());
        self.parts.push(Part {
            name: name.into(),
            file_name: None,
            media_type: None,
            content,
        });
        self
    }

    /// The attachment's bytes, streamed, with its file name and media type.
    pub fn attachment(mut self, name: impl Into<String>, attachment: &Attachment) -> Self {
        self.parts.push(Part {
            name: name.into(),
            file_name: Some(
                attachment
                    .file_name
                    .clone()
                    .unwrap_or_else(|| attachment.name.clone()),
            ),
            media_type: Some(attachment.media_type.clone()),
            content: Piece::Blob(attachment.clone()),
        });
        self
    }

    pub(crate) fn into_body(self) -> Body {
        let boundary = boundary();
        let mut pieces = Vec::new();
        let mut text = String::new();
        for part in self.parts {
            text.push_str(&format!(
                "--{boundary}\r\ncontent-disposition: form-data; name=\"{}\"",
                escaped(&part.name)
            ));
            if let Some(file_name) = &part.file_name {
                text.push_str(&format!("; filename=\"{}\"", escaped(file_name)));
            }
            if let Some(media_type) = &part.media_type {
                text.push_str(&format!(
                    "\r\ncontent-type: {}",
                    media_type.replace(['\r', '\n'], " ")
                ));
            }
            text.push_str("\r\n\r\n");
            pieces.push(Piece::Bytes(std::mem::take(&mut text).into_bytes()));
            pieces.push(part.content);
            text.push_str("\r\n");
        }
        text.push_str(&format!("--{boundary}--\r\n"));
        pieces.push(Piece::Bytes(text.into_bytes()));
        Body::of(pieces, format!("multipart/form-data; boundary={boundary}"))
    }
}

/// As browsers write names (WHATWG HTML, multipart/form-data encoding algorithm).
fn escaped(name: &str) -> String {
    name.replace('"', "%22").replace('\r', "%0D").replace('\n', "%0A")
}

/// Content cannot guess it: it comes from the call's randomness.
#[cfg(target_family = "wasm")]
fn boundary() -> String {
    use std::hash::{BuildHasher, RandomState};
    format!(
        "monshyflow-{:016x}{:016x}",
        RandomState::new().hash_one(1),
        RandomState::new().hash_one(2)
    )
}

/// Cases need to know it.
#[cfg(not(target_family = "wasm"))]
fn boundary() -> String {
    "monshyflow-boundary".to_owned()
}
