//! Takes values out of HTML, makes HTML of a template, or a table of all items.

mod extract;
mod page_text;
mod params;
mod selector;
mod source;
mod table;

use monshyflow_sdk::{
    Call, CallParams, Context, Item, NewItem, NodeError, Object, Outcome, Output, Path, run_all, run_each,
};
use serde::Deserialize;
use serde_json::Value;

use params::Operation;
pub use params::Params;

/// Tables need all items at once; the other operations go item by item, each with its own parameters.
fn dispatch(call: Call) -> Result<Outcome, NodeError> {
    #[derive(Default, Deserialize)]
    struct Only {
        #[serde(default)]
        operation: Operation,
    }
    let first = match &call.params {
        CallParams::Shared(text) => Some(text),
        CallParams::PerItem(texts) => texts.first(),
    };
    let only = first.and_then(|text| serde_json::from_str::<Only>(text).ok());
    match only.unwrap_or_default().operation {
        Operation::Table => run_all(call, table::run),
        Operation::Extract | Operation::Generate => run_each(call, each),
    }
}

fn each(params: &Params, item: Item, _context: &Context) -> Result<Output, NodeError> {
    match params.operation {
        Operation::Extract => extract::run(params, &item),
        Operation::Generate => generate(params, &item),
        Operation::Table => {
            let message =
                "parameter /operation: `table` takes all items at once, so it must be the same for all";
            Err(NodeError::invalid("invalid-params", message).at("/operation"))
        }
    }
}

fn generate(params: &Params, item: &Item) -> Result<Output, NodeError> {
    let html = Value::from(params.template.as_str()).to_string();
    made(params, item, "html", html).map(Output::one)
}

/// The item with `json` at the destination.
fn made(params: &Params, item: &Item, default: &str, json: String) -> Result<NewItem, NodeError> {
    let destination = params.destination.clone().unwrap_or_else(|| Path::field(default));
    let mut object = if params.keep_fields {
        item.object()?
    } else {
        Object::default()
    };
    object
        .set(&destination, json)
        .map_err(|error| invalid_path(&error, "/destination"))?;
    Ok(if params.keep_fields {
        item.replaced(object.to_text())
    } else {
        NewItem::text(object.to_text())
    })
}

fn invalid_path(error: &impl std::fmt::Display, place: &str) -> NodeError {
    NodeError::invalid("invalid-params", format!("parameter {place}: {error}")).at(place)
}

monshyflow_sdk::__export!(|call| dispatch(call));
