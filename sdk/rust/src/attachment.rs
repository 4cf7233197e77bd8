use std::io::{self, Read};

use crate::{blobs, host};

/// Binary data that belongs to an item. It means something only within the call in which it came.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Attachment {
    /// Name by which parameters and expressions find it, unique within the item, such as `data`.
    pub name: String,
    /// Media type (RFC 6838), such as `application/pdf`.
    pub media_type: String,
    /// Base name for people, without directories.
    pub file_name: Option<String>,
    pub(crate) blob: u32,
}

impl Attachment {
    /// For the border between the SDK and the host; `blob` is the host's handle.
    #[doc(hidden)]
    pub fn new(name: String, media_type: String, file_name: Option<String>, blob: u32) -> Self {
        Self {
            name,
            media_type,
            file_name,
            blob,
        }
    }

    /// Bytes, if the host knows.
    ///
    /// # Errors
    ///
    /// As the host says.
    pub fn size(&self) -> Result<u64, blobs::Error> {
        host::blob_size(self.blob)
    }

    /// # Errors
    ///
    /// As the host says.
    pub fn open(&self) -> Result<blobs::BlobReader, blobs::Error> {
        host::BlobReader::open(self.blob).map(blobs::BlobReader::new)
    }

    /// # Errors
    ///
    /// Of kind `FileTooLarge` if there are more than `limit` bytes; otherwise as the host says.
    pub fn read(&self, limit: usize) -> io::Result<Vec<u8>> {
        let mut bytes = Vec::new();
        self.open()?.take(limit as u64 + 1).read_to_end(&mut bytes)?;
        if bytes.len() > limit {
            let message = format!("attachment `{}` has more than {limit} bytes", self.name);
            return Err(io::Error::new(io::ErrorKind::FileTooLarge, message));
        }
        Ok(bytes)
    }

    /// The same bytes under another name.
    pub fn renamed(&self, name: impl Into<String>) -> Self {
        Self {
            name: name.into(),
            ..self.clone()
        }
    }
}
