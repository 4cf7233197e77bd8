//! Runs another workflow with the items.

mod child;

use monshyflow_sdk::{Context, Inputs, Item, MAIN, NewItem, NodeError, Output, all, suspension};
use schemars::JsonSchema;
use serde::Deserialize;

use child::Child;

/// As many as the host starts for one call.
const MOST_RUNS: usize = 100_000;

#[derive(Debug, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Params {
    /// The id of the workflow. Its published version runs.
    #[schemars(title = "Workflow", length(min = 1))]
    pub workflow: String,
    /// How many runs.
    #[serde(default)]
    #[schemars(title = "Mode")]
    pub mode: Mode,
    /// Goes on with the results when the runs have ended. Off: goes on at once with the items.
    #[serde(default = "yes")]
    #[schemars(title = "Wait for the end")]
    pub wait: bool,
    /// Field of every item that takes the id of its run. Empty: the items pass unchanged.
    #[serde(default)]
    #[schemars(title = "Field for the run's id", extend("x-group" = "options", "x-show-if" = { "wait": [false] }))]
    pub run_id_field: String,
}

#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub enum Mode {
    /// One run with all items.
    #[default]
    Once,
    /// A run for each item.
    Each,
}

fn yes() -> bool {
    true
}

fn run(params: &Params, inputs: Inputs, context: &Context) -> Result<Output, NodeError> {
    let items = inputs.items(MAIN);
    if suspension::resumed().is_none() {
        return start(params, items);
    }
    let children = child::read(inputs.items("result"))?;
    let of_child = parts(params.mode, items);
    if children.len() != of_child.len() {
        return Err(child::broken());
    }
    let mut output = Output::none().delivered_at(MAIN);
    for (child, items) in children.iter().zip(of_child) {
        match settle(params, child, items) {
            Ok(more) => output = output.and(more),
            Err(error) if params.mode == Mode::Each => {
                let error = items
                    .iter()
                    .fold(error, |error, item| error.with_item(item.reference()));
                if !context.keep_going {
                    return Err(error);
                }
                output = output.and(Output::failed(error));
            }
            Err(error) => return Err(error),
        }
    }
    Ok(output)
}

fn start(params: &Params, items: &[Item]) -> Result<Output, NodeError> {
    let workflow = params.workflow.trim();
    if workflow.is_empty() {
        let problem = "say which workflow runs";
        return Err(NodeError::invalid_param("/workflow", problem));
    }
    if !params.wait && !params.run_id_field.is_empty() {
        // Better now than when the runs have started.
        items.iter().try_for_each(|item| item.object().map(drop))?;
    }
    let parts = parts(params.mode, items);
    if parts.len() > MOST_RUNS {
        let message = format!(
            "{} items are more than {MOST_RUNS} runs: run the workflow once",
            items.len()
        );
        return Err(NodeError::invalid("too-many-runs", message).at("/mode"));
    }
    if parts.is_empty() {
        return Ok(Output::none().delivered_at(MAIN));
    }
    let counts: Vec<u32> = parts.iter().map(|items| items.len() as u32).collect();
    suspension::children(workflow, &counts, params.wait, "");
    Ok(Output::many(items))
}

/// The items of each run.
fn parts(mode: Mode, items: &[Item]) -> Vec<&[Item]> {
    match mode {
        Mode::Once => vec![items],
        Mode::Each => items.chunks(1).collect(),
    }
}

/// What leaves for a run that began with `items`.
fn settle(params: &Params, child: &Child<'_>, items: &[Item]) -> Result<Output, NodeError> {
    child.check(params.wait)?;
    if params.wait {
        return Ok(Output::many(child.items.iter().map(|item| result(item, items))));
    }
    if params.run_id_field.is_empty() {
        return Ok(Output::many(items));
    }
    let with_id = items.iter().map(|item| {
        let mut object = item.object()?;
        object.set_value(&params.run_id_field, &child.head.id)?;
        Ok(item.replaced(object.to_text()))
    });
    Ok(Output::many(
        with_id.collect::<Result<Vec<NewItem>, NodeError>>()?,
    ))
}

/// An item of another run. Where it came from is known if the run had only one.
fn result(item: &Item, started_with: &[Item]) -> NewItem {
    let result = NewItem::text(item.text().to_owned());
    let result = match started_with {
        [only] => result.from(only.reference()),
        _ => result,
    };
    item.attachments().iter().cloned().fold(result, NewItem::with)
}

all!(run);
