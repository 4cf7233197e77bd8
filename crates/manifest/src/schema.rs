//! JSON Schemas that strangers wrote. A validator is a small interpreter: without bounds a kilobyte of schema keeps it busy
//! for ages or overflows the stack.

mod parts;
mod shape;
mod work;

use jsonschema::{Draft, PatternOptions, ValidationError, Validator};
use serde_json::Value;

pub use work::{Budget, OutOfBudget};

/// A compiled JSON Schema 2020-12.
#[derive(Debug)]
pub struct Schema {
    text: Value,
    validator: Validator,
}

impl Schema {
    /// Nothing is fetched: references stay within the schema. Patterns are matched in linear time, so they have no
    /// look-around and no back-references.
    ///
    /// # Errors
    ///
    /// What is wrong with the schema and where, for people.
    pub fn compile(schema: &Value) -> Result<Self, String> {
        shape::check(schema)?;
        let patterns = PatternOptions::regex()
            .size_limit(1 << 20)
            .dfa_size_limit(1 << 20);
        let options = jsonschema::options()
            .with_draft(Draft::Draft202012)
            .with_pattern_options(patterns);
        match options.build(schema) {
            Ok(validator) => Ok(Self {
                text: schema.clone(),
                validator,
            }),
            Err(error) => {
                let message = error.masked_with("the value");
                let at = error.instance_path().as_str();
                Err(if at.is_empty() {
                    message.to_string()
                } else {
                    format!("{message} at {at}")
                })
            }
        }
    }

    /// Everything in `data` that does not fit. Takes what the validation costs at most out of `budget`.
    ///
    /// # Errors
    ///
    /// If that may be more than what is left.
    pub fn errors<'i>(
        &'i self,
        data: &'i Value,
        budget: &mut Budget,
    ) -> Result<impl Iterator<Item = ValidationError<'i>> + use<'i>, OutOfBudget> {
        work::spend(&self.text, data, budget)?;
        Ok(self.validator.iter_errors(data))
    }
}
