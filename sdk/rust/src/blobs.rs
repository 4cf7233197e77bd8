//! Binary data as streams.

use std::fmt;
use std::io::{self, Read, Write};

use crate::{Attachment, NodeError, host};

/// The contract's limit for one piece.
const PIECE: usize = 1024 * 1024;

#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Error {
    /// No such blob in this call.
    Unknown,
    /// The call's limit of bytes or of open handles is reached.
    Limit(String),
    /// Worth another try.
    Unavailable(String),
}

impl fmt::Display for Error {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Unknown => formatter.write_str("no such binary in this call"),
            Self::Limit(limit) => write!(formatter, "limit of binary data reached: {limit}"),
            Self::Unavailable(reason) => write!(formatter, "binary data is not available now: {reason}"),
        }
    }
}

impl std::error::Error for Error {}

impl From<Error> for io::Error {
    fn from(error: Error) -> Self {
        let kind = match error {
            Error::Unknown => io::ErrorKind::NotFound,
            Error::Limit(_) => io::ErrorKind::QuotaExceeded,
            Error::Unavailable(_) => io::ErrorKind::Other,
        };
        Self::new(kind, error)
    }
}

impl From<Error> for NodeError {
    fn from(error: Error) -> Self {
        let message = error.to_string();
        match error {
            Error::Unknown => Self::permanent("blob-unknown", message),
            Error::Limit(_) => Self::permanent("blob-limit", message),
            Error::Unavailable(_) => Self::transient("blob-unavailable", message),
        }
    }
}

impl From<io::Error> for NodeError {
    fn from(error: io::Error) -> Self {
        match error.downcast::<Error>() {
            Ok(error) => error.into(),
            Err(error) if error.kind() == io::ErrorKind::FileTooLarge => {
                Self::permanent("blob-limit", error.to_string())
            }
            Err(error) => Self::transient("io", error.to_string()),
        }
    }
}

/// Reads a blob from its beginning.
pub struct BlobReader {
    inner: host::BlobReader,
}

impl BlobReader {
    pub(crate) fn new(inner: host::BlobReader) -> Self {
        Self { inner }
    }
}

impl Read for BlobReader {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        if buffer.is_empty() {
            return Ok(0);
        }
        let bytes = self.inner.read(buffer.len().min(PIECE))?;
        let length = bytes.len().min(buffer.len());
        buffer[..length].copy_from_slice(&bytes[..length]);
        Ok(length)
    }
}

/// Writes a new blob; dropped before `finish` it leaves nothing.
pub struct BlobWriter {
    inner: host::BlobWriter,
}

/// # Errors
///
/// As the host says.
pub fn create() -> Result<BlobWriter, Error> {
    host::BlobWriter::create().map(|inner| BlobWriter { inner })
}

impl BlobWriter {
    /// What was written becomes an attachment that an output item may carry.
    ///
    /// # Errors
    ///
    /// As the host says.
    pub fn finish(
        self,
        name: &str,
        media_type: &str,
        file_name: Option<String>,
    ) -> Result<Attachment, Error> {
        let blob = self.inner.finish()?;
        Ok(Attachment::new(
            name.to_owned(),
            media_type.to_owned(),
            file_name,
            blob,
        ))
    }
}

impl Write for BlobWriter {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        let length = bytes.len().min(PIECE);
        self.inner.write(&bytes[..length])?;
        Ok(length)
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}
