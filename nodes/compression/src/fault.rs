use std::io;

use monshyflow_sdk::{Attachment, NodeError, blobs};
use zip::result::ZipError;

/// An archive that cannot be read, unless it was the host who could not read.
pub(crate) fn unreadable(archive: &Attachment, error: io::Error) -> NodeError {
    if error.get_ref().is_some_and(|inner| inner.is::<blobs::Error>()) {
        return error.into();
    }
    if error.kind() == io::ErrorKind::Unsupported {
        return unsupported(archive, &error.to_string());
    }
    damaged(archive, &error)
}

pub(crate) fn of_zip(archive: &Attachment, error: ZipError) -> NodeError {
    match error {
        ZipError::Io(error) => unreadable(archive, error),
        ZipError::UnsupportedArchive(reason) => unsupported(archive, reason),
        ZipError::CompressionMethodNotSupported(method) => {
            unsupported(archive, &format!("compression method {method}"))
        }
        error => damaged(archive, &error),
    }
}

pub(crate) fn unsupported(archive: &Attachment, what: &str) -> NodeError {
    let message = format!(
        "attachment `{}` is an archive of a kind that cannot be unpacked: {what}; pack it without encryption, with Deflate",
        archive.name
    );
    NodeError::invalid("unsupported-archive", message)
}

fn damaged(archive: &Attachment, error: &dyn std::error::Error) -> NodeError {
    let message = format!("attachment `{}` is damaged or no archive: {error}", archive.name);
    NodeError::invalid("invalid-archive", message)
}
