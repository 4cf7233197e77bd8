//! Takes values out of HTML, makes HTML of a template, or a table of all items.

mod extract;
mod page_text;
mod params;
mod selector;
mod source;
mod table;

use monshyflow_sdk::{Context, Item, NewItem, NodeError, Object, Output, Path, each_or_all};
use serde_json::Value;

use params::Operation;
pub use params::Params;

/// A table takes all items; the other operations go item by item, each with its own parameters.
fn is_table(params: &Params) -> bool {
    params.operation == Operation::Table
}

fn each(params: &Params, item: Item, _context: &Context) -> Result<Output, NodeError> {
    match params.operation {
        Operation::Generate => generate(params, &item),
        Operation::Extract | Operation::Table => extract::run(params, &item),
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
        .map_err(|error| NodeError::invalid_param("/destination", error))?;
    Ok(if params.keep_fields {
        item.replaced(object.to_text())
    } else {
        NewItem::text(object.to_text())
    })
}

each_or_all!(is_table, each, table::run);
