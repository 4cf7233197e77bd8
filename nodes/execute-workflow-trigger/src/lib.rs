//! Starts a run when another workflow calls this one, and hands on what it sent.

use monshyflow_sdk::{Context, Item, NodeError, each};

#[derive(Debug, serde::Deserialize, schemars::JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Params {}

fn run(_params: &Params, item: Item, _context: &Context) -> Result<Item, NodeError> {
    Ok(item)
}

each!(run);
