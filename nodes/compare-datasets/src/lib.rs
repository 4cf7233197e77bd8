//! Finds out which items are in one input only, which are in both, and which of those differ.

mod dataset;
mod difference;
mod fuzzy;
mod params;

use monshyflow_sdk::{Context, Inputs, NewItem, NodeError, Output, all};

use dataset::Dataset;
use difference::Pair;
pub use params::Params;
use params::{MultipleMatches, Side};

/// More pairs than this are a mistake in the fields to match by.
const MAX_PAIRS: usize = 200_000;

fn run(params: &Params, inputs: Inputs, _context: &Context) -> Result<Output, NodeError> {
    let plan = params.plan()?;
    let a = Dataset::new(params, &plan, &inputs, Side::A)?;
    let b = Dataset::new(params, &plan, &inputs, Side::B)?;
    let (mut a_only, mut same, mut different): (Vec<NewItem>, Vec<NewItem>, Vec<NewItem>) =
        Default::default();
    for record in &a.items {
        let mut matches = b.matches(record.key.as_ref());
        if matches.is_empty() {
            a_only.push(record.item.into());
        }
        if params.multiple_matches == MultipleMatches::First {
            matches = matches.get(..1).unwrap_or_default();
        }
        if same.len() + different.len() + matches.len() > MAX_PAIRS {
            return Err(too_many_pairs());
        }
        for position in matches {
            let pair = Pair {
                a: record,
                b: &b.items[*position],
            };
            if pair.is_same(params, &plan) {
                same.push(record.item.into());
            } else {
                different.push(pair.resolved(params, &plan)?);
            }
        }
    }
    let b_only = b
        .items
        .iter()
        .filter(|record| a.matches(record.key.as_ref()).is_empty());
    Ok(Output::many(a_only)
        .to("a-only")
        .and(Output::many(same).to("same"))
        .and(Output::many(different).to("different"))
        .and(Output::many(b_only.map(|record| record.item)).to("b-only")))
}

fn too_many_pairs() -> NodeError {
    let message = format!(
        "more than {MAX_PAIRS} pairs of items match; match by fields that tell items apart, or compare with the first match only"
    );
    NodeError::invalid("too-many-pairs", message).at("/matchFields")
}

all!(run);
