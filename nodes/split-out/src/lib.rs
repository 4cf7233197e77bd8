//! Makes an item of each element of a list, or of each attachment.

mod params;

use std::borrow::Cow;

use monshyflow_sdk::{Context, Item, NewItem, NodeError, Object, Output, each};
use serde_json::value::RawValue;

pub use params::Params;
use params::{Include, Missing, Plan, Split};

fn run(params: &Params, item: Item, _context: &Context) -> Result<Output, NodeError> {
    let plan = params.plan()?;
    let object = item.object()?;
    if params.split == Split::Attachments {
        return attachments(params, &item, &others(params, plan, &object)?);
    }
    let values = values(params, plan, &object)?;
    let lists: Vec<Vec<Cow<'_, str>>> = values.iter().map(|value| elements(value)).collect();
    let others = others(params, plan, &object)?;
    let count = lists.iter().map(Vec::len).max().unwrap_or_default();
    let mut items = Vec::with_capacity(count);
    for index in 0..count {
        let json = match lists[0].get(index) {
            Some(element) if plan.unwraps && element.starts_with('{') => element.clone().into_owned(),
            _ => element_item(plan, &others, &lists, index)?,
        };
        items.push(if params.keep_attachments {
            item.replaced(json)
        } else {
            NewItem::text(json).from(item.reference())
        });
    }
    Ok(Output::many(items))
}

/// An item for each attachment.
fn attachments(params: &Params, item: &Item, others: &Object<'_>) -> Result<Output, NodeError> {
    let json = others.to_text();
    let items = item.attachments().iter().map(|attachment| {
        let attachment = match params.attachment.as_str() {
            "" => attachment.clone(),
            name => attachment.renamed(name),
        };
        NewItem::text(json.clone())
            .from(item.reference())
            .with(attachment)
    });
    Ok(Output::many(items))
}

/// The texts of the fields that are to be split.
fn values<'a>(params: &Params, plan: &Plan, object: &'a Object<'_>) -> Result<Vec<Cow<'a, str>>, NodeError> {
    let fields = plan.fields.iter().enumerate();
    fields
        .map(|(position, path)| match object.get(path) {
            Some(value) => Ok(value),
            None if params.missing == Missing::Skip => Ok(Cow::Borrowed("[]")),
            None => {
                let message = format!(
                    "the item has no field `{path}`; correct the name, or let items without it be skipped"
                );
                Err(NodeError::invalid("missing-field", message).at(format!("/fields/{position}/field")))
            }
        })
        .collect()
}

/// Elements of an array, values of an object; anything else is its own only element.
fn elements(value: &str) -> Vec<Cow<'_, str>> {
    let whole = || vec![Cow::Borrowed(value)];
    match value.as_bytes().first() {
        Some(b'[') => serde_json::from_str::<Vec<&RawValue>>(value).map_or_else(
            |_| whole(),
            |elements| {
                let elements = elements.into_iter();
                elements.map(|element| Cow::Borrowed(element.get())).collect()
            },
        ),
        Some(b'{') => Object::parse(value).map_or_else(
            |_| whole(),
            |object| {
                let fields = object.fields();
                fields.map(|(_, value)| Cow::Owned(value.into_owned())).collect()
            },
        ),
        _ => whole(),
    }
}

/// The item's other fields, as far as they go along.
fn others<'a>(params: &Params, plan: &Plan, object: &'a Object<'a>) -> Result<Object<'a>, NodeError> {
    let mut others = match params.include {
        Include::None => return Ok(Object::default()),
        Include::All => object.clone(),
        Include::Selected => {
            let mut selected = Object::default();
            for (position, path) in plan.selected.iter().enumerate() {
                if let Some(json) = object.get(path) {
                    selected
                        .set(path, json)
                        .map_err(|error| NodeError::invalid_param(format!("/selected/{position}"), error))?;
                }
            }
            selected
        }
    };
    for (field, destination) in plan.fields.iter().zip(&plan.destinations) {
        // A list that its own elements replace keeps its place among the fields.
        if field == destination && others.get(field).is_some() {
            others
                .set(field, "null")
                .map_err(|error| NodeError::invalid_param("/fields", error))?;
        } else {
            others.remove(field);
        }
    }
    Ok(others)
}

/// The item for the elements at `index`; a list that is shorter gives nothing.
fn element_item(
    plan: &Plan,
    others: &Object<'_>,
    lists: &[Vec<Cow<'_, str>>],
    index: usize,
) -> Result<String, NodeError> {
    let mut object = others.clone();
    for (position, (destination, list)) in plan.destinations.iter().zip(lists).enumerate() {
        match list.get(index) {
            Some(element) => object.set(destination, element.as_ref()).map_err(|error| {
                NodeError::invalid_param(format!("/fields/{position}/destination"), error)
            })?,
            None if plan.fields[position] == *destination => {
                object.remove(destination);
            }
            None => {}
        }
    }
    Ok(object.to_text())
}

each!(run);
