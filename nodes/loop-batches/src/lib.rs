//! Runs its body with a few items at a time, one batch after the other.

use std::num::NonZeroU32;

use monshyflow_sdk::{Context, Inputs, NodeError, Output, all, suspension};
use schemars::JsonSchema;
use serde::Deserialize;

#[derive(Debug, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields, default)]
pub struct Params {
    /// Items in one batch.
    #[schemars(title = "Batch size")]
    pub batch_size: NonZeroU32,
    /// What leaves when all batches are done.
    #[schemars(title = "Emit at the end", extend("x-group" = "options"))]
    pub emit: Emit,
}

#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub enum Emit {
    /// What the batches sent back.
    #[default]
    Results,
    /// The items that arrived.
    Items,
}

impl Default for Params {
    fn default() -> Self {
        Self {
            batch_size: NonZeroU32::MIN,
            emit: Emit::default(),
        }
    }
}

fn run(params: &Option<Params>, inputs: Inputs, _context: &Context) -> Result<Output, NodeError> {
    let items = inputs.items("in");
    if let Some(resumption) = suspension::resumed() {
        // What was meant when the loop began: parameters may depend on items, and those are others now.
        let done = match resumption.state.as_str() {
            "items" => items,
            _ => inputs.items("next"),
        };
        return Ok(Output::many(done).to("done").delivered_at("done"));
    }
    // Without items there may be no parameters.
    let Some(params) = params.as_ref().filter(|_| !items.is_empty()) else {
        return Ok(Output::none().delivered_at("done"));
    };
    let counts = suspension::counts(items.len(), params.batch_size.get() as usize)?;
    let state = match params.emit {
        Emit::Results => "results",
        Emit::Items => "items",
    };
    suspension::rounds(&counts, 1, state);
    Ok(Output::many(items).to("body"))
}

all!(run);
