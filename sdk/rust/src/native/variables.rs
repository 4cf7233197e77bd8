//! What a call sets is kept for the case that made it.

use super::world;
use crate::variables::is_name;

const MAX_VARIABLES: usize = 64;
const MAX_VALUES: usize = 64 << 10;

pub(crate) fn set_variable(name: &str, value: &str) {
    world(|world| {
        world.variables.insert(name.to_owned(), value.to_owned());
        let bytes: usize = world.variables.values().map(String::len).sum();
        let problem = match serde_json::from_str::<serde::de::IgnoredAny>(value) {
            Err(error) => Some(format!("the variable `{name}` is no JSON: {error}")),
            Ok(_) if !is_name(name) => Some(format!("a variable cannot be called `{name}`")),
            Ok(_) if world.variables.len() > MAX_VARIABLES || bytes > MAX_VALUES => {
                Some("the call set more than 64 variables or 64 KiB of values".to_owned())
            }
            Ok(_) => None,
        };
        world.problems.extend(problem);
    });
}
