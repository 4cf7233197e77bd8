//! Checks items against a JSON Schema.

mod params;
mod schema;

use std::borrow::Cow;

use jsonschema::ValidationError;
use monshyflow_sdk::{Context, Item, NewItem, NodeError, Object, Output, each};
use serde_json::{Value, json};

pub use params::Params;
use params::{Ready, WhenInvalid};

/// Longer values are not shown in messages.
const SHOWN: usize = 200;

fn run(params: &Params, item: Item, _context: &Context) -> Result<Output, NodeError> {
    let ready = params.ready()?;
    let checked = checked(params, ready, &item)?;
    let errors = match &checked {
        Ok(value) => ready
            .validator
            .iter_errors(value)
            .take(params.max_errors)
            .map(|error| described(&error))
            .collect(),
        Err(problem) => vec![json!({ "path": "", "keyword": "type", "message": problem, "schemaPath": "" })],
    };
    if errors.is_empty() {
        return Ok(Output::one(&item).to("valid"));
    }
    match params.when_invalid {
        WhenInvalid::Port => Ok(with_errors(ready, &item, errors)?.to("invalid")),
        WhenInvalid::Error => {
            let text = |error: &Value, name: &str| error[name].as_str().unwrap_or_default().to_owned();
            let more = match errors.len() {
                1 => String::new(),
                count => format!(" (and {} more)", count - 1),
            };
            let place = match text(&errors[0], "path").as_str() {
                "" => "the value".to_owned(),
                path => path.to_owned(),
            };
            let message = format!(
                "{place} does not fit the schema: {}{more}",
                text(&errors[0], "message")
            );
            Err(NodeError::invalid("schema-violation", message).with_details(json!({ "errors": errors })))
        }
    }
}

/// The value to check; in words, if it is a text that is not JSON.
fn checked(params: &Params, ready: &Ready, item: &Item) -> Result<Result<Value, String>, NodeError> {
    let value = match &ready.field {
        None => item.value()?,
        Some(path) => {
            let object = item.object()?;
            let json = object.get(path).unwrap_or(Cow::Borrowed("null"));
            serde_json::from_str(&json).unwrap_or_default()
        }
    };
    Ok(match value {
        Value::String(text) if params.parse_text => {
            serde_json::from_str(&text).map_err(|error| format!("the text is not JSON: {error}"))
        }
        value => Ok(value),
    })
}

fn described(error: &ValidationError<'_>) -> Value {
    let message = error.to_string();
    // A message shows the value at fault, which may be the whole item.
    let message = if message.len() > SHOWN {
        error.masked_with("the value").to_string()
    } else {
        message
    };
    json!({
        "path": error.instance_path().as_str(),
        "keyword": error.kind().keyword(),
        "message": message,
        "schemaPath": error.schema_path().as_str(),
    })
}

fn with_errors(ready: &Ready, item: &Item, errors: Vec<Value>) -> Result<NewItem, NodeError> {
    // What is no object cannot carry errors.
    let mut object = match item.object() {
        Ok(object) => object,
        Err(_) => {
            let mut object = Object::default();
            object.set_field("value", item.text());
            object
        }
    };
    object
        .set(&ready.errors, Value::Array(errors).to_string())
        .map_err(|error| NodeError::invalid_param("/errorsField", error))?;
    Ok(item.replaced(object.to_text()))
}

each!(run);
