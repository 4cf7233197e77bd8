//! Variables of the run. Nothing is done here: what the guest sets is kept for the caller, until the step succeeds.

use std::collections::BTreeMap;

use crate::bindings::monshyflow::node::variables::Host;
use crate::{CallState, Capability};

/// Longest name, in bytes.
const MAX_NAME: usize = 64;
/// Most variables that one call may set.
const MAX_VARIABLES: usize = 64;
/// Of all values that one call sets, in bytes.
const MAX_VALUES: usize = 64 << 10;

/// What a call set so far, by name: JSON that nobody checked yet.
#[derive(Debug, Default)]
pub(crate) struct SetVariables {
    values: BTreeMap<String, String>,
    bytes: usize,
    /// The first breach of a limit; the call ends with it.
    problem: Option<String>,
}

impl SetVariables {
    fn set(&mut self, name: String, value: String) {
        if self.problem.is_some() {
            return;
        }
        let replaced = self.values.get(&name).map_or(0, String::len);
        self.bytes = self.bytes - replaced + value.len();
        self.problem = self.check(&name);
        if self.problem.is_none() {
            self.values.insert(name, value);
        }
    }

    fn check(&self, name: &str) -> Option<String> {
        if !is_name(name) {
            let shown: String = name.chars().take(64).flat_map(char::escape_debug).collect();
            return Some(format!(
                "it sets the variable `{shown}`; a name is 1 to {MAX_NAME} letters, digits and `_`, and begins with no digit"
            ));
        }
        if self.values.len() == MAX_VARIABLES && !self.values.contains_key(name) {
            return Some(format!("it sets more than {MAX_VARIABLES} variables"));
        }
        (self.bytes > MAX_VALUES)
            .then(|| format!("the variables that it sets have more than {MAX_VALUES} bytes"))
    }
}

/// Such that `$vars.name` can be written.
fn is_name(name: &str) -> bool {
    let letter = |c: u8| c.is_ascii_alphabetic() || c == b'_';
    name.len() <= MAX_NAME
        && name.bytes().next().is_some_and(letter)
        && name.bytes().all(|c| letter(c) || c.is_ascii_digit())
}

impl CallState {
    /// What the guest set, by name, or how it broke the contract. Values are not checked.
    pub fn take_variables(&mut self) -> Result<BTreeMap<String, String>, String> {
        let SetVariables { values, problem, .. } = std::mem::take(&mut self.variables);
        problem.map_or(Ok(values), Err)
    }
}

impl Host for CallState {
    async fn set(&mut self, name: String, value: String) -> wasmtime::Result<()> {
        self.counters.count(Capability::Variables)?;
        self.variables.set(name, value);
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn problem(set: impl FnOnce(&mut SetVariables)) -> Option<String> {
        let mut variables = SetVariables::default();
        set(&mut variables);
        variables.problem
    }

    #[test]
    fn names_are_those_that_a_path_can_have() {
        for name in ["a", "_", "orderCount_2", "A".repeat(64).as_str()] {
            assert!(is_name(name), "{name}");
        }
        for name in [
            "",
            "2nd",
            "a b",
            "a.b",
            "ä",
            "a-b",
            "a\0",
            "A".repeat(65).as_str(),
        ] {
            assert!(!is_name(name), "{name}");
        }
    }

    #[test]
    fn a_value_that_was_replaced_does_not_count() {
        let value = || format!("\"{}\"", "x".repeat(40 << 10));
        assert_eq!(
            problem(|variables| (0..100).for_each(|_| variables.set("a".into(), value()))),
            None
        );
        let two = problem(|variables| {
            variables.set("a".into(), value());
            variables.set("b".into(), value());
        });
        assert!(two.unwrap().contains("65536 bytes"));
    }

    #[test]
    fn there_is_an_end_to_names() {
        let of = |count: usize| {
            problem(|variables| (0..count).for_each(|at| variables.set(format!("v{}", at % 65), "1".into())))
        };
        assert_eq!(of(64), None);
        assert!(of(65).unwrap().contains("more than 64"));
    }
}
