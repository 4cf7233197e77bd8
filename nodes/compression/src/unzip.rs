use std::io::Cursor;

use monshyflow_sdk::{Attachment, NodeError};
use zip::ZipArchive;

use crate::decompress::Unpacked;
use crate::fault::{of_zip, unsupported};

/// A ZIP file lists its files at its end, so it must be in memory as a whole.
const MAX_ARCHIVE: usize = 96 * 1024 * 1024;

pub(crate) fn unzip(attachment: &Attachment, unpacked: &mut Unpacked<'_>) -> Result<(), NodeError> {
    let bytes = attachment.read(MAX_ARCHIVE)?;
    let mut archive = ZipArchive::new(Cursor::new(bytes)).map_err(|error| of_zip(attachment, error))?;
    unpacked.check_count(attachment, unpacked.files.len() + files_in(&archive))?;
    for index in 0..archive.len() {
        let mut file = archive
            .by_index(index)
            .map_err(|error| of_zip(attachment, error))?;
        if file.is_dir() {
            continue;
        }
        let path = file
            .name()
            .map_err(|error| of_zip(attachment, error))?
            .into_owned();
        if !is_safe(&path) {
            let message = format!(
                "attachment `{}` holds a file called `{path}`, which leads out of its folder; the archive is not unpacked",
                attachment.name
            );
            return Err(NodeError::invalid("unsafe-file-name", message));
        }
        if file.is_symlink() {
            return Err(unsupported(attachment, &format!("`{path}` is a symbolic link")));
        }
        unpacked.add(attachment, &path, &mut file)?;
    }
    Ok(())
}

fn files_in(archive: &ZipArchive<Cursor<Vec<u8>>>) -> usize {
    // What has no readable name fails later.
    let names = archive.file_names();
    names
        .filter(|name| !name.as_ref().is_ok_and(|name| name.ends_with('/')))
        .count()
}

/// A relative path without `..`, drive letters, backslashes and control characters.
fn is_safe(path: &str) -> bool {
    let folders = path.split('/');
    let is_step = |part: &str| part == ".." || part.is_empty();
    let has_drive = path.as_bytes().get(1) == Some(&b':');
    !path.contains('\\')
        && !path.contains(char::is_control)
        && !has_drive
        && !folders.into_iter().any(is_step)
}
