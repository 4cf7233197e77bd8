//! Runs its body once for each item, or for each few items.

use std::num::NonZeroU32;

use monshyflow_sdk::{Context, Inputs, NodeError, Output, all, suspension};
use schemars::JsonSchema;
use serde::Deserialize;

/// As many as the host starts for one call.
const MOST_ROUNDS: usize = 100_000;

#[derive(Debug, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields, default)]
pub struct Params {
    /// Items in one round.
    #[schemars(title = "Items per round")]
    pub batch_size: NonZeroU32,
    /// Rounds that may run at the same time. The results keep the order of the items.
    #[schemars(title = "Concurrency")]
    pub concurrency: NonZeroU32,
}

impl Default for Params {
    fn default() -> Self {
        Self {
            batch_size: NonZeroU32::MIN,
            concurrency: NonZeroU32::MIN,
        }
    }
}

fn run(params: &Option<Params>, inputs: Inputs, _context: &Context) -> Result<Output, NodeError> {
    if suspension::resumed().is_some() {
        return Ok(Output::many(inputs.items("next")).to("done").delivered_at("done"));
    }
    let items = inputs.items("in");
    // Without items there may be no parameters.
    let Some(params) = params.as_ref().filter(|_| !items.is_empty()) else {
        return Ok(Output::none().delivered_at("done"));
    };
    let counts = counts(items.len(), params.batch_size.get() as usize)?;
    suspension::rounds(&counts, params.concurrency.get(), "");
    Ok(Output::many(items).to("body"))
}

/// How many items each round has.
fn counts(items: usize, size: usize) -> Result<Vec<u32>, NodeError> {
    if items.div_ceil(size) > MOST_ROUNDS {
        let message = format!(
            "{items} items, {size} in each round, are more than {MOST_ROUNDS} rounds: put more items into a round"
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
    use monshyflow_sdk::testing::call_node;
    use serde_json::json;

    #[test]
    fn rounds_cover_all_items() {
        assert_eq!(counts(7, 3).ok(), Some(vec![3, 3, 1]));
        assert_eq!(counts(3, 3).ok(), Some(vec![3]));
        assert_eq!(
            counts(MOST_ROUNDS, 1).map(|counts| counts.len()).ok(),
            Some(MOST_ROUNDS)
        );
        assert_eq!(counts(2, usize::MAX).ok(), Some(vec![2]));
    }

    #[test]
    fn the_end_is_delivered_even_without_results() {
        let report = call_node(call, &json!({}), &[]);
        let ports = report.result.map(|outcome| outcome.outputs);
        assert_eq!(ports, Ok(vec![("done".to_owned(), Vec::new())]));
    }

    #[test]
    fn more_rounds_than_the_host_starts_are_refused() {
        let error = counts(MOST_ROUNDS * 2 + 1, 2).unwrap_err();
        assert_eq!(
            (error.code.as_str(), error.parameter.as_deref()),
            ("too-many-rounds", Some("/batchSize"))
        );
    }
}
