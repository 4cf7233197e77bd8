use monshyflow_sdk::NodeError;
use scraper::Selector;

/// Longer ones are mistakes, and the parser calls itself for each bracket.
const MAX_LENGTH: usize = 4_000;
const MAX_BRACKETS: usize = 20;

/// # Errors
///
/// `invalid-params`, with the parameter's place.
pub(crate) fn parse(text: &str, place: &str) -> Result<Selector, NodeError> {
    let invalid = |problem: String| NodeError::invalid_param(place, problem);
    if text.len() > MAX_LENGTH {
        return Err(invalid(format!(
            "the selector has {} bytes, {MAX_LENGTH} are allowed",
            text.len()
        )));
    }
    if text.bytes().filter(|byte| b"([{".contains(byte)).count() > MAX_BRACKETS {
        return Err(invalid(format!(
            "the selector has more than {MAX_BRACKETS} opening brackets"
        )));
    }
    Selector::parse(text).map_err(|error| {
        invalid(format!(
            "`{text}` is not a CSS selector: {error}; write it like `div.price > a[href]`"
        ))
    })
}
