use super::{Error, Multipart};
use crate::Attachment;

/// What a request carries. It can be sent again, as redirects need.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Body {
    pieces: Vec<Piece>,
    media_type: Option<String>,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Piece {
    Bytes(Vec<u8>),
    Blob(Attachment),
}

impl Body {
    pub fn bytes(bytes: impl Into<Vec<u8>>, media_type: impl Into<String>) -> Self {
        Self::of(vec![Piece::Bytes(bytes.into())], media_type.into())
    }

    /// `json` is a JSON text.
    pub fn json(json: impl Into<String>) -> Self {
        Self::bytes(json.into(), "application/json")
    }

    /// `application/x-www-form-urlencoded` (WHATWG URL standard).
    pub fn form(fields: impl IntoIterator<Item = (impl AsRef<str>, impl AsRef<str>)>) -> Self {
        let mut serializer = form_urlencoded::Serializer::new(String::new());
        serializer.extend_pairs(fields);
        Self::bytes(serializer.finish(), "application/x-www-form-urlencoded")
    }

    /// The attachment's bytes, streamed.
    pub fn attachment(attachment: &Attachment) -> Self {
        Self::of(
            vec![Piece::Blob(attachment.clone())],
            attachment.media_type.clone(),
        )
    }

    pub(crate) fn of(pieces: Vec<Piece>, media_type: String) -> Self {
        Self {
            pieces,
            media_type: Some(media_type),
        }
    }

    pub(crate) fn media_type(&self) -> Option<&str> {
        self.media_type.as_deref()
    }

    pub(crate) fn pieces(&self) -> &[Piece] {
        &self.pieces
    }

    /// Bytes in all; an empty body has no length.
    pub(crate) fn length(&self) -> Result<Option<u64>, Error> {
        if self.pieces.is_empty() {
            return Ok(None);
        }
        let lengths = self.pieces.iter().map(|piece| match piece {
            Piece::Bytes(bytes) => Ok(bytes.len() as u64),
            Piece::Blob(attachment) => attachment.size().map_err(Error::from),
        });
        lengths.sum::<Result<u64, Error>>().map(Some)
    }
}

impl From<Multipart> for Body {
    fn from(form: Multipart) -> Self {
        form.into_body()
    }
}
