use std::io::Read;

use monshyflow_sdk::{Attachment, Item, NodeError};

use crate::params::{Params, Source};

/// What is read at once of an attachment.
const PIECE: usize = 256 * 1024;

/// The largest attachment that is worked on as a whole.
const MAX_WHOLE: usize = 16 * 1024 * 1024;

/// The data to work on.
pub(crate) enum Input<'a> {
    Text(String),
    Attachment(&'a Attachment),
}

impl<'a> Input<'a> {
    pub(crate) fn new(params: &Params, item: &'a Item) -> Result<Self, NodeError> {
        match params.source {
            Source::Text => text(params).map(Self::Text),
            Source::Attachment => item
                .require_attachment(&params.attachment)
                .map(Self::Attachment)
                .map_err(|error| error.at("/attachment")),
        }
    }

    /// Gives the data to `take`, piece by piece.
    pub(crate) fn pieces(self, mut take: impl FnMut(&[u8])) -> Result<(), NodeError> {
        match self {
            Self::Text(text) => take(text.as_bytes()),
            Self::Attachment(attachment) => {
                let mut reader = attachment.open()?;
                let mut piece = vec![0; PIECE];
                loop {
                    match reader.read(&mut piece)? {
                        0 => break,
                        length => take(&piece[..length]),
                    }
                }
            }
        }
        Ok(())
    }

    /// All bytes at once.
    pub(crate) fn whole(self) -> Result<Vec<u8>, NodeError> {
        match self {
            Self::Text(text) => Ok(text.into_bytes()),
            Self::Attachment(attachment) => Ok(attachment.read(MAX_WHOLE)?),
        }
    }
}

/// The parameter `value`.
pub(crate) fn text(params: &Params) -> Result<String, NodeError> {
    if params.value.is_null() {
        let message = "parameter /value: there is no value; an empty text would be one";
        return Err(NodeError::invalid("missing-value", message).at("/value"));
    }
    Ok(params
        .value
        .as_string()
        .unwrap_or_else(|| params.value.text().to_owned()))
}
