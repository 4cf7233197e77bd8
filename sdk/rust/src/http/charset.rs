/// What Latin-1 has between 0x80 and 0x9F, where browsers read windows-1252 (WHATWG Encoding standard).
const HIGH: [char; 32] = [
    '€', '\u{81}', '‚', 'ƒ', '„', '…', '†', '‡', 'ˆ', '‰', 'Š', '‹', 'Œ', '\u{8d}', 'Ž', '\u{8f}', '\u{90}',
    '‘', '’', '“', '”', '•', '–', '—', '˜', '™', 'š', '›', 'œ', '\u{9d}', 'ž', 'Ÿ',
];

/// Whether a `content-type` says so.
pub(super) fn is_latin1(content_type: &str) -> bool {
    let mut parameters = content_type.split(';').skip(1);
    let charset = parameters.find_map(|parameter| {
        let (name, value) = parameter.split_once('=')?;
        name.trim()
            .eq_ignore_ascii_case("charset")
            .then(|| value.trim().trim_matches('"').to_ascii_lowercase())
    });
    matches!(
        charset.as_deref(),
        Some("iso-8859-1" | "latin1" | "us-ascii" | "windows-1252" | "cp1252")
    )
}

pub(super) fn latin1(bytes: &[u8]) -> String {
    let read = |byte: &u8| match byte {
        0x80..=0x9F => HIGH[usize::from(byte - 0x80)],
        _ => char::from(*byte),
    };
    bytes.iter().map(read).collect()
}

#[cfg(test)]
mod tests {
    #[test]
    fn latin_1_is_read_as_browsers_do() {
        assert!(super::is_latin1("text/html; Charset=\"ISO-8859-1\""));
        assert!(!super::is_latin1("text/html; charset=utf-8"));
        assert_eq!(super::latin1(b"\x80 \xe4 a"), "€ ä a");
    }
}
