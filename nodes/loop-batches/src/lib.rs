//! Runs its body with a few items at a time, one batch after the other.

use std::num::NonZeroU32;

use monshyflow_sdk::{Context, Inputs, NodeError, Output, all, suspension};
use schemars::JsonSchema;
use serde::Deserialize;

/// As many as the host starts for one call.
const MOST_ROUNDS: usize = 100_000;

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
    let counts = counts(items.len(), params.batch_size.get() as usize)?;
    let state = match params.emit {
        Emit::Results => "results",
        Emit::Items => "items",
    };
    suspension::rounds(&counts, 1, state);
    Ok(Output::many(items).to("body"))
}

/// How many items each batch has.
fn counts(items: usize, size: usize) -> Result<Vec<u32>, NodeError> {
    if items.div_ceil(size) > MOST_ROUNDS {
        let message = format!(
            "{items} items, {size} in each batch, are more than {MOST_ROUNDS} batches: make them larger"
        );
        return Err(NodeError::invalid("too-many-rounds", message).at("/batchSize"));
    }
    let starts = (0..items).step_by(size);
    Ok(starts.map(|start| size.min(items - start) as u32).collect())
}

all!(run);

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn more_batches_than_the_host_starts_are_refused() {
        let most = counts(MOST_ROUNDS * 2, 2).map(|counts| counts.len());
        assert_eq!(most.ok(), Some(MOST_ROUNDS));
        let error = counts(MOST_ROUNDS * 2 + 1, 2).unwrap_err();
        assert_eq!(
            (error.code.as_str(), error.parameter.as_deref()),
            ("too-many-rounds", Some("/batchSize"))
        );
    }
}
