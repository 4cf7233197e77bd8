//! Gives fields other names.

mod params;
mod pattern;

use monshyflow_sdk::{Context, Item, NewItem, NodeError, each};

pub use params::Params;

fn run(params: &Params, item: Item, _context: &Context) -> Result<NewItem, NodeError> {
    let plan = params.plan()?;
    let mut object = item.object()?;
    let mut changes = false;
    for (position, (from, to)) in plan.keys.iter().enumerate() {
        changes |= object
            .rename(from, to)
            .map_err(|error| NodeError::invalid_param(format!("/keys/{position}/to"), error))?;
    }
    let mut text = if changes {
        object.to_text()
    } else {
        item.text().to_owned()
    };
    for pattern in &plan.patterns {
        text = pattern.rename(&text).into_owned();
    }
    // What kept all its names is passed on, which costs the host nothing.
    Ok(if text == item.text() {
        item.into()
    } else {
        item.replaced(text)
    })
}

each!(run);
