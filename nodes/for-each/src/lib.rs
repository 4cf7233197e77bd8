//! Runs its body once for each item, or for each few items.

use std::num::NonZeroU32;

use monshyflow_sdk::{Context, Inputs, NodeError, Output, all, suspension};
use schemars::JsonSchema;
use serde::Deserialize;

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
    let counts = suspension::counts(items.len(), params.batch_size.get() as usize)?;
    suspension::rounds(&counts, params.concurrency.get(), "");
    Ok(Output::many(items).to("body"))
}

all!(run);

#[cfg(test)]
mod tests {
    use super::*;
    use monshyflow_sdk::testing::call_node;
    use serde_json::json;

    #[test]
    fn the_end_is_delivered_even_without_results() {
        let report = call_node(call, &json!({}), &[]);
        let ports = report.result.map(|outcome| outcome.outputs);
        assert_eq!(ports, Ok(vec![("done".to_owned(), Vec::new())]));
    }
}
