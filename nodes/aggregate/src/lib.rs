//! Gathers many items in one.

mod gathered_attachments;
mod group;
mod params;

use std::borrow::Cow;
use std::collections::HashMap;

use monshyflow_sdk::{Context, Inputs, Item, MAIN, NodeError, Object, Output, Path, all, canonical};
use serde_json::value::RawValue;

use group::{Group, List};
pub use params::Params;
use params::{Include, Mode, Plan};

fn run(params: &Params, inputs: Inputs, _context: &Context) -> Result<Output, NodeError> {
    let plan = params.plan()?;
    let mut groups: Vec<Group> = Vec::new();
    let mut positions: HashMap<Vec<Option<String>>, usize> = HashMap::new();
    for item in inputs.items(MAIN) {
        // Whole items need not be looked into, so they may be of any type.
        let object = match params.mode {
            Mode::Items if plan.group_by.is_empty() && params.include == Include::All => None,
            _ => Some(item.object()?),
        };
        let keys: Vec<Option<String>> = match &object {
            Some(object) => keys(&plan.group_by, object),
            None => Vec::new(),
        };
        let same = keys.iter().map(|key| key.as_deref().map(canonical)).collect();
        let position = *positions.entry(same).or_insert_with(|| {
            groups.push(Group::new(keys, plan.lists.len()));
            groups.len() - 1
        });
        let group = &mut groups[position];
        group.add(item, params.attachments)?;
        match params.mode {
            Mode::Fields => {
                let fields = plan.from.iter().zip(&mut group.lists);
                fields.for_each(|(from, list)| add_field(params, object.as_ref(), from, list));
            }
            Mode::Items => group.lists[0].push(&included(params, &plan, item, object)?),
        }
    }
    let items = groups.into_iter().map(|group| group.into_item(&plan));
    Ok(Output::many(items.collect::<Result<Vec<_>, _>>()?))
}

fn keys(group_by: &[Path], object: &Object<'_>) -> Vec<Option<String>> {
    group_by
        .iter()
        .map(|path| object.get(path).map(Cow::into_owned))
        .collect()
}

fn add_field(params: &Params, object: Option<&Object<'_>>, from: &Path, list: &mut List) {
    let value = object.and_then(|object| object.get(from));
    let value = value.as_deref().unwrap_or("null");
    let keeps = |value: &str| params.keep_missing || value != "null";
    if params.merge_lists
        && value.starts_with('[')
        && let Ok(elements) = serde_json::from_str::<Vec<&RawValue>>(value)
    {
        let elements = elements.into_iter().map(RawValue::get);
        elements
            .filter(|element| keeps(element))
            .for_each(|element| list.push(element));
    } else if keeps(value) {
        list.push(value);
    }
}

/// What of the item goes into the list.
fn included<'a>(
    params: &Params,
    plan: &Plan,
    item: &'a Item,
    object: Option<Object<'a>>,
) -> Result<Cow<'a, str>, NodeError> {
    let Some(mut object) = object.filter(|_| params.include != Include::All) else {
        return Ok(Cow::Borrowed(item.text()));
    };
    if params.include == Include::Except {
        plan.selected.iter().for_each(|path| {
            object.remove(path);
        });
        return Ok(Cow::Owned(object.to_text()));
    }
    let mut selected = Object::default();
    for (position, path) in plan.selected.iter().enumerate() {
        if let Some(json) = object.get(path) {
            selected
                .set(path, json)
                .map_err(|error| NodeError::invalid_param(format!("/selected/{position}"), error))?;
        }
    }
    Ok(Cow::Owned(selected.to_text()))
}

all!(run);
