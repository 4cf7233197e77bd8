//! Conditions with typed operators, as the nodes `if`, `switch` and `filter` have them. The host has put the values in,
//! so a condition compares two given values. Needs the crate's feature `conditions`.

mod compare;
mod date_time;
mod pattern;
mod value;

use schemars::JsonSchema;
use serde::Deserialize;

pub use compare::Operation;
pub use value::ValueType;

use crate::{NodeError, RawJson};

/// How several conditions make one.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub enum Combinator {
    /// All of them hold.
    #[default]
    And,
    /// At least one of them holds.
    Or,
}

/// A comparison of two values, or a group of conditions.
#[derive(Debug, Clone, Default, PartialEq, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields, default)]
pub struct Condition {
    #[schemars(title = "Value")]
    pub left: RawJson,
    /// What the values are.
    #[serde(rename = "type")]
    #[schemars(title = "Type")]
    pub kind: ValueType,
    #[schemars(title = "Operation")]
    pub operation: Operation,
    /// What the value is compared with, where the operation needs it.
    #[schemars(title = "Compared with")]
    pub right: RawJson,
    /// For groups.
    #[schemars(title = "Combine")]
    pub combinator: Combinator,
    /// Makes this a group of conditions instead of a comparison.
    #[schemars(title = "Conditions")]
    pub conditions: Option<Vec<Condition>>,
}

/// The parameters of a node that decides about each item.
#[derive(Debug, Clone, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields, default)]
pub struct ConditionParams {
    /// How the conditions make one.
    #[schemars(title = "Combine")]
    pub combinator: Combinator,
    #[schemars(title = "Conditions", extend("x-widget" = "conditions"))]
    pub conditions: Vec<Condition>,
    /// Capital and small letters differ.
    #[schemars(title = "Case sensitive", extend("x-group" = "options"))]
    pub case_sensitive: bool,
    /// Values of another type are converted, such as the text `5` to a number. Off: they are an error.
    #[schemars(title = "Convert types", extend("x-group" = "options"))]
    pub loose_types: bool,
}

impl Default for ConditionParams {
    fn default() -> Self {
        Self {
            combinator: Combinator::And,
            conditions: Vec::new(),
            case_sensitive: true,
            loose_types: false,
        }
    }
}

impl ConditionParams {
    /// # Errors
    ///
    /// As [`hold`].
    pub fn hold(&self) -> Result<bool, NodeError> {
        let matching = Matching {
            case_sensitive: self.case_sensitive,
            loose_types: self.loose_types,
        };
        hold(self.combinator, &self.conditions, matching, "/conditions")
    }
}

/// How values are compared.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Matching {
    pub case_sensitive: bool,
    /// Values of another type are converted; otherwise they are an error.
    pub loose_types: bool,
}

/// Whether the conditions hold together. Without any, `And` holds and `Or` does not. `pointer` is the JSON Pointer of the list
/// in the parameters.
///
/// # Errors
///
/// `condition-type` if a value is not of the condition's type, `condition-operation` if the type knows no such operation,
/// `condition-pattern` if a pattern is malformed.
pub fn hold(
    combinator: Combinator,
    conditions: &[Condition],
    matching: Matching,
    pointer: &str,
) -> Result<bool, NodeError> {
    for (position, condition) in conditions.iter().enumerate() {
        let holds = condition.holds(matching, &format!("{pointer}/{position}"))?;
        match combinator {
            Combinator::And if !holds => return Ok(false),
            Combinator::Or if holds => return Ok(true),
            _ => {}
        }
    }
    Ok(combinator == Combinator::And)
}

impl Condition {
    fn holds(&self, matching: Matching, pointer: &str) -> Result<bool, NodeError> {
        match &self.conditions {
            Some(conditions) => hold(
                self.combinator,
                conditions,
                matching,
                &format!("{pointer}/conditions"),
            ),
            None => compare::holds(self, matching).map_err(|fault| fault.at(pointer)),
        }
    }
}

#[cfg(test)]
mod tests;
