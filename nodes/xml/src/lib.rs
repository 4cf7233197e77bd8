//! Makes JSON of XML, or XML of JSON.

mod encoding;
mod open_element;
mod params;
mod source;
mod to_json;
mod to_xml;

use monshyflow_sdk::{Context, Item, NewItem, NodeError, Object, Path, each};
use serde_json::Value;

use params::Operation;
pub use params::Params;

fn run(params: &Params, item: Item, _context: &Context) -> Result<NewItem, NodeError> {
    match params.operation {
        Operation::XmlToJson => {
            let xml = source::xml(params, &item)?;
            let value = to_json::convert(params, &xml)?;
            match &params.destination {
                Some(destination) => placed(params, &item, destination, &value),
                None => spread(params, &item, value),
            }
        }
        Operation::JsonToXml => {
            let xml = to_xml::convert(params, &source::json(params, &item)?)?;
            let default = Path::field("data");
            let destination = params.destination.as_ref().unwrap_or(&default);
            placed(params, &item, destination, &Value::from(xml))
        }
    }
}

fn placed(params: &Params, item: &Item, destination: &Path, value: &Value) -> Result<NewItem, NodeError> {
    let mut object = start(params, item)?;
    object
        .set(destination, value.to_string())
        .map_err(|error| invalid("/destination", &error))?;
    Ok(finished(params, item, &object))
}

/// The fields of `value` are fields of the item.
fn spread(params: &Params, item: &Item, value: Value) -> Result<NewItem, NodeError> {
    let mut object = start(params, item)?;
    match value {
        Value::Object(fields) => {
            for (name, value) in fields {
                object.set_field(&name, value.to_string());
            }
        }
        text => object.set_field(&params.text_key, text.to_string()),
    }
    Ok(finished(params, item, &object))
}

fn start<'a>(params: &Params, item: &'a Item) -> Result<Object<'a>, NodeError> {
    if params.keep_fields {
        item.object()
    } else {
        Ok(Object::default())
    }
}

fn finished(params: &Params, item: &Item, object: &Object<'_>) -> NewItem {
    if params.keep_fields {
        item.replaced(object.to_text())
    } else {
        NewItem::text(object.to_text())
    }
}

fn invalid(place: &str, problem: &impl std::fmt::Display) -> NodeError {
    NodeError::invalid_param(place, problem)
}

each!(run);
