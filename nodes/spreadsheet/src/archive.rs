use std::io::{Cursor, Read};

use monshyflow_sdk::NodeError;
use zip::ZipArchive;

/// Of the file as it comes.
pub(crate) const MAX_FILE: usize = 20 * 1024 * 1024;

const MIB: u64 = 1024 * 1024;
/// Of all parts together.
const MAX_TOTAL: u64 = 160 * MIB;

/// Unpacks every part once and forgets it: what a file says of its own sizes may be a lie, and the reader of
/// spreadsheets holds some parts in memory.
///
/// # Errors
///
/// `invalid-spreadsheet` if it is no archive, `spreadsheet-too-large` if it unpacks to more than allowed.
pub(crate) fn check(bytes: &[u8]) -> Result<(), NodeError> {
    if bytes.starts_with(&[0xD0, 0xCF, 0x11, 0xE0]) {
        let message =
            "the file is an old Excel file (xls) or has a password; save it as xlsx without a password";
        return Err(invalid(message));
    }
    let mut archive = ZipArchive::new(Cursor::new(bytes))
        .map_err(|error| invalid(&format!("the file is no Excel file (xlsx): {error}")))?;
    let mut total = 0;
    for index in 0..archive.len() {
        // A part that cannot be unpacked here cannot be read later either, and that is where it is told.
        let Ok(part) = archive.by_index(index) else {
            continue;
        };
        let name = part
            .name()
            .map(|name| name.to_ascii_lowercase())
            .unwrap_or_default();
        let limit = limit(&name);
        let size = std::io::copy(&mut part.take(limit + 1), &mut std::io::sink()).unwrap_or_default();
        total += size;
        if size > limit || total > MAX_TOTAL {
            let shown: String = name.chars().take(100).collect();
            let message = format!(
                "the file unpacks to more than allowed: {shown} may have {limit} bytes, all parts {MAX_TOTAL}; use CSV for so much data"
            );
            return Err(NodeError::invalid("spreadsheet-too-large", message).at("/attachment"));
        }
    }
    Ok(())
}

/// By how much memory the reader needs for a byte of a part.
fn limit(name: &str) -> u64 {
    if name.ends_with("sharedstrings.xml") {
        24 * MIB
    } else if name.ends_with("styles.xml") || name.ends_with("workbook.xml") || name.ends_with(".rels") {
        4 * MIB
    } else {
        64 * MIB
    }
}

pub(crate) fn invalid(message: &str) -> NodeError {
    NodeError::invalid("invalid-spreadsheet", message).at("/attachment")
}
