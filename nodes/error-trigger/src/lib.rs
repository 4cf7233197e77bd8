//! Starts a run when a run of another workflow fails, and hands on the summary of that run.

use monshyflow_sdk::{Context, Item, NodeError, each};

#[derive(Debug, serde::Deserialize, schemars::JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Params {}

fn run(_params: &Params, item: Item, _context: &Context) -> Result<Item, NodeError> {
    Ok(item)
}

each!(run);
