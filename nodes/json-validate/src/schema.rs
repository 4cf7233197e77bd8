use jsonschema::{PatternOptions, Validator};
use monshyflow_sdk::NodeError;
use serde_json::Value;

use crate::params::Params;

/// The parameter `schema`, ready to check items.
pub(crate) fn compile(params: &Params) -> Result<Validator, NodeError> {
    let schema = match params.schema.as_string() {
        Some(text) => {
            serde_json::from_str(&text).map_err(|error| invalid(&format!("it is not JSON: {error}")))?
        }
        None => params.schema.value(),
    };
    if !matches!(schema, Value::Object(_) | Value::Bool(_)) {
        return Err(invalid(
            "a schema is a JSON object, such as `{ \"type\": \"object\" }`",
        ));
    }
    // This engine's time grows with the text and not with the pattern's ambiguity.
    let options = jsonschema::options()
        .with_pattern_options(PatternOptions::regex())
        .should_validate_formats(params.check_formats);
    options.build(&schema).map_err(|error| {
        let place = error.instance_path().as_str();
        let place = if place.is_empty() {
            String::new()
        } else {
            format!("at {place}: ")
        };
        invalid(&format!("{place}{}", error.masked_with("this")))
    })
}

fn invalid(problem: &str) -> NodeError {
    NodeError::invalid("invalid-schema", format!("parameter /schema: {problem}")).at("/schema")
}
