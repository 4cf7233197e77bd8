//! A JavaScript text in which what is no code is blanked out, at the same places.

use super::scan::Scan;

/// Stands for every byte of a string.
pub(super) const STRING: u8 = b'"';
/// Stands for every byte of a template literal that is no code.
pub(super) const TEMPLATE: u8 = b'`';

/// As long as `source`. Where the text is not balanced, the rest stays as it is.
pub(super) fn masked(source: &str) -> Vec<u8> {
    let mut mask = source.as_bytes().to_vec();
    let mut scan = Scan::of(source);
    while let Some(byte) = scan.byte() {
        let start = scan.at();
        if scan.token(byte).is_err() {
            break;
        }
        let end = scan.at().min(mask.len());
        if end - start < 2 {
            continue;
        }
        let filler = match byte {
            b'"' | b'\'' => STRING,
            b'`' | b'}' => TEMPLATE,
            _ => b' ',
        };
        mask[start..end].fill(filler);
        // The brackets around code in a template literal.
        if byte == b'}' {
            mask[start] = b'}';
        }
        if filler == TEMPLATE && source[start..end].ends_with("${") {
            mask[end - 2..end].copy_from_slice(b" {");
        }
    }
    mask
}
