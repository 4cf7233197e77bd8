//! Sets variables of the run.

use monshyflow_sdk::variables::{is_name, set};
use monshyflow_sdk::{Context, Inputs, MAIN, NodeError, Output, RawJson, ValueType, all};
use schemars::JsonSchema;
use serde::Deserialize;

/// Most bytes of all values that a call may set.
const MAX_VALUES: usize = 64 << 10;

#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Params {
    /// What is set. Later nodes read it as `$vars.name`.
    #[schemars(title = "Variables", length(min = 1, max = 64), extend("x-widget" = "list"))]
    pub variables: Vec<Variable>,
}

#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Variable {
    /// Letters, digits and `_`.
    #[schemars(title = "Name", length(min = 1, max = 64), extend("x-placeholder" = "total"))]
    pub name: String,
    /// What the value becomes.
    #[serde(default, rename = "type")]
    #[schemars(title = "Type")]
    pub kind: ValueType,
    #[serde(default)]
    #[schemars(title = "Value")]
    pub value: RawJson,
}

/// Without parameters if they depend on items and there is none.
fn run(params: &Option<Params>, inputs: Inputs, _context: &Context) -> Result<Output, NodeError> {
    if let Some(params) = params {
        let values = values(&params.variables)?;
        values.iter().for_each(|(name, value)| set(name, value));
    }
    Ok(Output::many(inputs.items(MAIN)))
}

/// Nothing is set before all of them are found good.
fn values(variables: &[Variable]) -> Result<Vec<(&str, RawJson)>, NodeError> {
    let mut values = Vec::with_capacity(variables.len());
    let mut bytes = 0;
    for (position, variable) in variables.iter().enumerate() {
        let name = variable.name.as_str();
        let invalid = |code: &str, problem: String, field: &str| {
            NodeError::invalid(code, problem).at(format!("/variables/{position}/{field}"))
        };
        if !is_name(name) {
            let problem = format!(
                "`{name}` is no name: use 1 to 64 letters (a to z), digits and `_`, with no digit first"
            );
            return Err(invalid("invalid-params", problem, "name"));
        }
        let json = variable.kind.convert(variable.value.text()).map_err(|problem| {
            let problem = format!("variable `{name}`: {problem}; choose another type");
            invalid("conversion", problem, "value")
        })?;
        bytes += json.len();
        if bytes > MAX_VALUES {
            let problem = format!(
                "the values have more than {MAX_VALUES} bytes with that of `{name}`: keep large data in items"
            );
            return Err(invalid("invalid-params", problem, "value"));
        }
        let value = serde_json::from_str(&json)
            .map_err(|error| invalid("conversion", format!("variable `{name}`: {error}"), "value"))?;
        values.push((name, value));
    }
    Ok(values)
}

all!(run);
