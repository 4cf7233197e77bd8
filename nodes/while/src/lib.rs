//! Repeats its body as long as a condition holds.

use std::num::NonZeroU32;

use monshyflow_sdk::{Context, Inputs, Item, NodeError, Output, RawJson, all, log, suspension};
use schemars::JsonSchema;
use serde::Deserialize;
use serde_json::json;

#[derive(Debug, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Params {
    /// True: another round. An expression such as `{{ $json.hasMore }}`; `$json` is the first item of the last round's result, and
    /// before the first round the first item that arrived.
    #[schemars(title = "Condition", extend("type" = "boolean"))]
    pub condition: RawJson,
    /// When the condition is looked at.
    #[serde(default)]
    #[schemars(title = "Check")]
    pub check: Check,
    /// A loop that would go on after so many rounds fails.
    #[serde(default = "hundred")]
    #[schemars(title = "Max rounds", range(max = 100_000))]
    pub max_rounds: NonZeroU32,
}

#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub enum Check {
    /// Before each round: there may be none.
    #[default]
    Before,
    /// After each round: there is at least one.
    After,
}

fn hundred() -> NonZeroU32 {
    NonZeroU32::MIN.saturating_add(99)
}

fn run(params: &Option<Params>, inputs: Inputs, _context: &Context) -> Result<Output, NodeError> {
    let rounds = rounds_so_far()?;
    let items = inputs.items(if rounds == 0 { "in" } else { "next" });
    // There is nothing to look at and nothing to go on with.
    let Some(params) = params.as_ref().filter(|_| !items.is_empty()) else {
        if rounds > 0 {
            log::info!("round {rounds} left no items, so the loop is over");
        }
        return Ok(Output::none().delivered_at("done"));
    };
    let unasked = rounds == 0 && params.check == Check::After;
    if !unasked && !holds(&params.condition)? {
        return Ok(Output::many(items).to("done"));
    }
    if rounds >= params.max_rounds.get() {
        return Err(too_many(params.max_rounds));
    }
    another_round(rounds, items)
}

fn rounds_so_far() -> Result<u32, NodeError> {
    match suspension::resumed() {
        None => Ok(0),
        Some(resumption) => resumption.state.parse().map_err(|_| {
            let message = format!("the host gave back a state that is none: {}", resumption.state);
            NodeError::permanent("invalid-call", message)
        }),
    }
}

fn another_round(rounds: u32, items: &[Item]) -> Result<Output, NodeError> {
    let count = u32::try_from(items.len())
        .map_err(|_| NodeError::permanent("too-many-items", "a round takes at most 4,294,967,295 items"))?;
    suspension::rounds(&[count], 1, &(rounds + 1).to_string());
    Ok(Output::many(items).to("body"))
}

fn holds(condition: &RawJson) -> Result<bool, NodeError> {
    condition.to().map_err(|_| {
        let text = condition.text();
        let end = text.char_indices().nth(60).map_or(text.len(), |(end, _)| end);
        let message = format!(
            "parameter /condition: {} is neither true nor false; write a comparison such as `{{{{ $json.page < 5 }}}}`",
            &text[..end]
        );
        NodeError::invalid("not-a-boolean", message).at("/condition")
    })
}

fn too_many(max_rounds: NonZeroU32) -> NodeError {
    let message = format!(
        "the condition still holds after {max_rounds} rounds: is it ever false? If so, allow more rounds"
    );
    NodeError::permanent("too-many-rounds", message)
        .at("/maxRounds")
        .with_details(json!({ "rounds": max_rounds }))
}

all!(run);
