//! Puts the items in order.

mod order;
mod params;
mod shuffle;

use std::cmp::Ordering;

use monshyflow_sdk::{Context, Inputs, Item, MAIN, NodeError, Output, Path, all};

use order::Key;
pub use params::Params;
use params::{Direction, Mode, Nulls};

fn run(params: &Params, inputs: Inputs, _context: &Context) -> Result<Output, NodeError> {
    let items = inputs.items(MAIN);
    match params.mode {
        Mode::Fields => by_fields(params, items).map(Output::many),
        Mode::Random => shuffle::shuffled(items).map(Output::many),
    }
}

/// Items that agree in all fields stay as they came.
fn by_fields<'a>(params: &Params, items: &'a [Item]) -> Result<Vec<&'a Item>, NodeError> {
    let paths = params.paths()?;
    let mut found = vec![false; paths.len()];
    let mut keyed = Vec::with_capacity(items.len());
    for item in items {
        keyed.push((keys(params, &paths, item, &mut found)?, item));
    }
    if let Some(position) = found
        .iter()
        .position(|found| !found)
        .filter(|_| !items.is_empty())
    {
        let message = format!(
            "no item has the field `{}`; check its name, or how dots in it are read",
            paths[position]
        );
        let place = format!("/fields/{position}/field");
        return Err(NodeError::invalid("missing-field", message).at(place));
    }
    keyed.sort_by(|(left, _), (right, _)| compare(params, left, right));
    Ok(keyed.into_iter().map(|(_, item)| item).collect())
}

fn keys(params: &Params, paths: &[Path], item: &Item, found: &mut [bool]) -> Result<Vec<Key>, NodeError> {
    let object = item.object()?;
    let fields = params.fields.iter().zip(paths).zip(found);
    let keys = fields.enumerate().map(|(position, ((field, path), found))| {
        let json = object.get(path);
        *found |= json.is_some();
        Key::new(
            json.as_deref().unwrap_or("null"),
            field.kind,
            params.case_sensitive,
        )
        .map_err(|problem| {
            NodeError::invalid("sort-type", format!("field `{path}`: {problem}"))
                .at(format!("/fields/{position}/type"))
                .with_item(item.reference())
        })
    });
    keys.collect()
}

fn compare(params: &Params, left: &[Key], right: &[Key]) -> Ordering {
    let fields = params.fields.iter().zip(left.iter().zip(right));
    let mut orders = fields.map(|(field, (left, right))| {
        // What is missing has its place, whatever the direction.
        let missing = left.is_null().cmp(&right.is_null());
        match params.nulls {
            Nulls::Last if missing.is_ne() => missing,
            Nulls::First if missing.is_ne() => missing.reverse(),
            _ => match field.direction {
                Direction::Ascending => left.compare(right),
                Direction::Descending => right.compare(left),
            },
        }
    });
    orders.find(|order| order.is_ne()).unwrap_or(Ordering::Equal)
}

all!(run);
