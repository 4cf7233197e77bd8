//! Variables of the run, which expressions of later steps read as `$vars.name`.
//!
//! Nothing happens before the step succeeds, and a call that asks for a [suspension](crate::suspension) must set none. A name is 1 to
//! 64 ASCII letters, digits and `_`, and does not begin with a digit; a call sets at most 64 variables with 64 KiB of values.
//! The host makes a call that breaks these rules fail.

use crate::{NodeError, RawJson, host};

/// Sets a variable. Of several calls for one name the last counts.
pub fn set(name: &str, value: &RawJson) {
    host::set_variable(name, value.text());
}

/// The same with any value.
///
/// # Errors
///
/// If the value has no JSON, such as a map whose keys are no texts.
pub fn set_value(name: &str, value: &impl serde::Serialize) -> Result<(), NodeError> {
    let text = serde_json::to_string(value)
        .map_err(|error| NodeError::permanent("not-json", format!("variable `{name}`: {error}")))?;
    host::set_variable(name, &text);
    Ok(())
}

/// Whether a variable can be called so.
pub fn is_name(name: &str) -> bool {
    let letter = |c: u8| c.is_ascii_alphabetic() || c == b'_';
    name.len() <= 64
        && name.bytes().next().is_some_and(letter)
        && name.bytes().all(|c| letter(c) || c.is_ascii_digit())
}
