//! Ends the run with an error.

use monshyflow_sdk::{Context, Item, NodeError, Output, RawJson, each};
use schemars::JsonSchema;
use serde::Deserialize;

#[derive(Debug, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields, default)]
pub struct Params {
    /// What the error is made of.
    #[schemars(title = "Error type")]
    pub mode: Mode,
    /// What people read.
    #[schemars(title = "Message", extend("x-placeholder" = "The order has no customer", "x-show-if" = { "mode": ["message"] }))]
    pub message: String,
    /// An object, or its JSON text. Its field `message` is what people read; all of it goes to the error's details.
    #[schemars(title = "Error object", extend("x-widget" = "code", "x-language" = "json", "x-show-if" = { "mode": ["object"] }))]
    pub object: RawJson,
}

#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub enum Mode {
    #[default]
    Message,
    Object,
}

impl Default for Params {
    fn default() -> Self {
        Self {
            mode: Mode::Message,
            message: "The workflow was stopped".to_owned(),
            object: RawJson::default(),
        }
    }
}

fn run(params: &Params, _item: Item, _context: &Context) -> Result<Output, NodeError> {
    Err(match params.mode {
        Mode::Message => NodeError::permanent("stopped", params.message.as_str()),
        Mode::Object => of_object(&params.object),
    })
}

fn of_object(object: &RawJson) -> NodeError {
    // A text is JSON in which an expression was joined with other text.
    let details = match object.as_string() {
        Some(text) => serde_json::from_str(&text),
        None => Ok(object.value()),
    };
    match details {
        Ok(details) if details.is_object() => {
            let message = details
                .get("message")
                .or(details.get("error"))
                .and_then(|message| message.as_str());
            let message = message.map_or_else(|| details.to_string(), str::to_owned);
            NodeError::permanent("stopped", message).with_details(details)
        }
        _ => NodeError::invalid_param("/object", "an object is needed"),
    }
}

each!(run);
