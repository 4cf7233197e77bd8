//! Lets one of the items pass that agree.

mod params;

use std::borrow::Cow;
use std::collections::HashMap;

use monshyflow_sdk::{Context, Inputs, Item, MAIN, NewItem, NodeError, Object, Output, Path, all, canonical};

pub use params::Params;
use params::{Compare, Keep};

fn run(params: &Params, inputs: Inputs, _context: &Context) -> Result<Output, NodeError> {
    let paths = params.paths()?;
    let items = inputs.items(MAIN);
    let mut kept: HashMap<String, usize> = HashMap::new();
    let mut found = vec![false; paths.len()];
    for (position, item) in items.iter().enumerate() {
        let identity = identity(params, &paths, item, &mut found)?;
        match params.keep {
            Keep::First => {
                kept.entry(identity).or_insert(position);
            }
            Keep::Last => {
                kept.insert(identity, position);
            }
        }
    }
    if params.compare == Compare::Selected
        && !items.is_empty()
        && let Some(position) = found.iter().position(|found| !found)
    {
        let message = format!(
            "no item has the field `{}`; check its name, or how dots in it are read",
            paths[position]
        );
        return Err(NodeError::invalid("missing-field", message).at(format!("/fields/{position}")));
    }
    let mut passes = vec![false; items.len()];
    kept.into_values().for_each(|position| passes[position] = true);
    let mut output = Output::none();
    for (item, passes) in items.iter().zip(passes) {
        output = output.and(if passes {
            Output::one(passed(params, &paths, item)?)
        } else {
            Output::one(item).to("duplicates")
        });
    }
    Ok(output)
}

/// Equal for items that count as the same.
fn identity(params: &Params, paths: &[Path], item: &Item, found: &mut [bool]) -> Result<String, NodeError> {
    match params.compare {
        Compare::All => Ok(canonical(item.text())),
        Compare::Except => {
            let mut object = item.object()?;
            paths.iter().for_each(|path| {
                object.remove(path);
            });
            Ok(canonical(&object.to_text()))
        }
        Compare::Selected => {
            let object = item.object()?;
            let mut identity = String::new();
            for (path, found) in paths.iter().zip(found) {
                let json = object.get(path);
                *found |= json.is_some();
                // No canonical text is empty or holds a line break, so missing is a value of its own and no two run together.
                identity.push_str(&json.as_deref().map(canonical).unwrap_or_default());
                identity.push('\n');
            }
            Ok(identity)
        }
    }
}

fn passed(params: &Params, paths: &[Path], item: &Item) -> Result<NewItem, NodeError> {
    if params.compare != Compare::Selected || !params.remove_other_fields {
        return Ok(item.into());
    }
    let object = item.object()?;
    let mut selected = Object::default();
    for (position, path) in paths.iter().enumerate() {
        if let Some(json) = object.get(path).map(Cow::into_owned) {
            selected.set(path, json).map_err(|error| {
                let place = format!("/fields/{position}");
                NodeError::invalid_param(place, error)
            })?;
        }
    }
    Ok(item.replaced(selected.to_text()))
}

all!(run);
