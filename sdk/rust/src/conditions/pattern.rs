use std::cell::RefCell;
use std::collections::HashMap;

use regex_lite::{Regex, RegexBuilder};

/// Patterns that are kept ready. Nearly always there are a few, and as many items as there are.
const KEPT: usize = 50;

thread_local! {
    static READY: RefCell<HashMap<(String, bool), Regex>> = RefCell::default();
}

/// Whether `pattern` matches somewhere in `text`. It may be written `/pattern/flags` with flags out of `gimsuy`.
///
/// # Errors
///
/// In words, if the pattern is malformed.
pub(super) fn matches(pattern: &str, text: &str, case_sensitive: bool) -> Result<bool, String> {
    let key = (pattern.to_owned(), case_sensitive);
    READY.with_borrow_mut(|ready| {
        if let Some(regex) = ready.get(&key) {
            return Ok(regex.is_match(text));
        }
        let regex = compile(pattern, case_sensitive)?;
        let matches = regex.is_match(text);
        if ready.len() >= KEPT {
            ready.clear();
        }
        ready.insert(key, regex);
        Ok(matches)
    })
}

fn compile(pattern: &str, case_sensitive: bool) -> Result<Regex, String> {
    let (body, flags) = with_flags(pattern).unwrap_or((pattern, ""));
    let built = RegexBuilder::new(body)
        .case_insensitive(!case_sensitive || flags.contains('i'))
        .multi_line(flags.contains('m'))
        .dot_matches_new_line(flags.contains('s'))
        .build();
    built.map_err(|error| error.to_string())
}

fn with_flags(pattern: &str) -> Option<(&str, &str)> {
    let (body, flags) = pattern.strip_prefix('/')?.rsplit_once('/')?;
    flags
        .bytes()
        .all(|flag| b"gimsuy".contains(&flag))
        .then_some((body, flags))
}
