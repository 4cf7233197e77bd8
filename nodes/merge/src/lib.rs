//! Brings the items of several branches together.

mod by_key;
mod combine;
mod params;

use monshyflow_sdk::{Context, Input, Inputs, NewItem, NodeError, Output, all};

use combine::{Combining, Part};
use params::Mode;
pub use params::Params;

/// As many as the manifest has inputs.
const INPUTS: usize = 10;

fn run(params: &Params, inputs: Inputs, _context: &Context) -> Result<Output, NodeError> {
    Ok(Output::many(match params.mode {
        Mode::Append => inputs.all().map(Into::into).collect(),
        Mode::Position => by_position(params, &inputs)?,
        Mode::Key => by_key::by_key(params, &inputs)?,
        Mode::Combinations => combinations(params, &inputs)?,
        Mode::Choose => choose(params, &inputs)?,
    }))
}

fn port(input: usize) -> String {
    format!("input-{input}")
}

/// The number of an input.
fn number(input: &Input) -> usize {
    let number = input.port.rsplit('-').next();
    number.and_then(|number| number.parse().ok()).unwrap_or_default()
}

fn by_position(params: &Params, inputs: &Inputs) -> Result<Vec<NewItem>, NodeError> {
    let combining = Combining::new(params);
    let lengths = inputs.ports().iter().map(|input| input.items.len());
    let count = if params.include_unpaired {
        lengths.max()
    } else {
        lengths.min()
    };
    let mut output = Vec::new();
    for position in 0..count.unwrap_or_default() {
        let items: Vec<_> = inputs
            .ports()
            .iter()
            .filter_map(|input| Some((input.items.get(position)?, number(input))))
            .collect();
        output.push(match items.as_slice() {
            [(item, input)] => combining.alone(item, *input)?,
            items => {
                let parts = items.iter().map(|(item, input)| Part::new(item, *input));
                let parts = parts.collect::<Result<Vec<_>, _>>()?;
                combining.combine(&parts.iter().collect::<Vec<_>>())?
            }
        });
    }
    Ok(output)
}

/// Each item with each, those of the last input changing fastest.
fn combinations(params: &Params, inputs: &Inputs) -> Result<Vec<NewItem>, NodeError> {
    let sides = inputs.ports();
    let count = sides
        .iter()
        .try_fold(1_usize, |count, side| count.checked_mul(side.items.len()));
    // An empty input makes all of it empty, whatever the others hold.
    if sides.is_empty() || sides.iter().any(|side| side.items.is_empty()) {
        return Ok(Vec::new());
    }
    let count = count
        .filter(|count| *count <= params.max_items)
        .ok_or_else(|| params.too_many())?;
    let combining = Combining::new(params);
    if let [only] = sides {
        let items = only.items.iter();
        return items.map(|item| combining.alone(item, number(only))).collect();
    }
    let mut parts = Vec::with_capacity(sides.len());
    for side in sides {
        let items = side.items.iter().map(|item| Part::new(item, number(side)));
        parts.push(items.collect::<Result<Vec<_>, _>>()?);
    }
    let mut output = Vec::with_capacity(count);
    for index in 0..count {
        let mut rest = index;
        let mut chosen: Vec<&Part<'_>> = Vec::with_capacity(parts.len());
        for side in parts.iter().rev() {
            chosen.push(&side[rest % side.len()]);
            rest /= side.len();
        }
        chosen.reverse();
        output.push(combining.combine(&chosen)?);
    }
    Ok(output)
}

fn choose(params: &Params, inputs: &Inputs) -> Result<Vec<NewItem>, NodeError> {
    if params.empty_item {
        return Ok(vec![NewItem::text("{}".to_owned())]);
    }
    if params.branch >= INPUTS {
        let problem = format!(
            "there is no input {}; choose one from 0 to {}",
            params.branch,
            INPUTS - 1
        );
        return Err(NodeError::invalid_param("/branch", problem));
    }
    Ok(inputs
        .items(&port(params.branch))
        .iter()
        .map(Into::into)
        .collect())
}

all!(run);
