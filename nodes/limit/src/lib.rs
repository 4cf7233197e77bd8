//! Lets the first or the last items pass.

use monshyflow_sdk::{Context, Inputs, MAIN, NodeError, Output, all};
use schemars::JsonSchema;
use serde::Deserialize;

#[derive(Debug, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields, default)]
pub struct Params {
    /// The most items that pass.
    #[schemars(title = "Max items")]
    pub max_items: u32,
    /// Which items pass if there are more.
    #[schemars(title = "Keep")]
    pub keep: Keep,
}

#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub enum Keep {
    /// Those at the beginning.
    #[default]
    First,
    /// Those at the end.
    Last,
}

impl Default for Params {
    fn default() -> Self {
        Self {
            max_items: 1,
            keep: Keep::First,
        }
    }
}

fn run(params: &Params, inputs: Inputs, _context: &Context) -> Result<Output, NodeError> {
    let items = inputs.items(MAIN);
    let count = items.len().min(params.max_items as usize);
    Ok(Output::many(match params.keep {
        Keep::First => &items[..count],
        Keep::Last => &items[items.len() - count..],
    }))
}

all!(run);
