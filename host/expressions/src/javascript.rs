//! Conversions as ECMA-262 defines them, where they are defined for JSON.

/// `Number::toString`. Whole numbers that JavaScript can count to are copied.
pub(crate) fn number_text(json: &str) -> String {
    let digits = json.strip_prefix('-').unwrap_or(json);
    if digits.len() <= 15 && digits.bytes().all(|c| c.is_ascii_digit()) && json != "-0" {
        return json.to_owned();
    }
    // Any JSON number is a Rust number; what is too large becomes infinite, as in JavaScript.
    number_to_text(json.parse().unwrap_or(f64::NAN))
}

pub(crate) fn number_to_text(number: f64) -> String {
    ryu_js::Buffer::new().format(number).to_owned()
}

/// `String.prototype.length`: UTF-16 code units.
pub(crate) fn length(text: &str) -> usize {
    text.chars().map(char::len_utf16).sum()
}

/// The code unit at `index` as a text of its own; `Err` for half of a surrogate pair, which no text can hold alone.
pub(crate) fn code_unit(text: &str, index: usize) -> Option<Result<char, ()>> {
    let mut at = 0;
    for c in text.chars() {
        match (c.len_utf16(), index - at) {
            (1, 0) => return Some(Ok(c)),
            (2, 0 | 1) => return Some(Err(())),
            (width, _) => at += width,
        }
    }
    None
}
