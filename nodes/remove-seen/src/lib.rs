//! Lets the items pass that no earlier run has seen.

mod bucket;
mod highest;
mod history;
mod params;
mod stored;

use monshyflow_sdk::{
    Context, Inputs, Item, ItemParams, MAIN, NodeError, Output, RawJson, all_with_item_params, kv,
};

use params::Operation;
pub use params::Params;

/// What is remembered says which step remembered it, so that a step that is tried again lets the same items pass.
fn run(params: &ItemParams<Params>, inputs: Inputs, context: &Context) -> Result<Output, NodeError> {
    let items = inputs.items(MAIN);
    if items.is_empty() {
        return Ok(Output::none());
    }
    let first = params.first()?;
    kv::use_scope(first.scope.into())?;
    if first.operation == Operation::Clear {
        history::clear()?;
        highest::clear()?;
        return Ok(Output::many(items));
    }
    let (known, failed) = known(params, items, first.operation, context)?;
    let values = known.iter().map(|(_, value)| value.as_str());
    let passes = match first.operation {
        Operation::Higher | Operation::Later => highest::above(first.operation, values, &context.step_id)?,
        _ => history::new(values, first.history_size()?, &context.step_id)?,
    };
    let mut output = Output::none();
    for ((item, _), passes) in known.iter().zip(passes) {
        output = output.and(if passes {
            Output::one(*item)
        } else {
            Output::one(*item).to("seen")
        });
    }
    Ok(failed
        .into_iter()
        .fold(output, |output, error| output.and(Output::failed(error))))
}

/// An item, and what tells it from others.
type Known<'i> = (&'i Item, String);

/// Each item with what tells it from others, and the errors of those that have no such thing. All are looked at before
/// anything is remembered.
fn known<'i>(
    params: &ItemParams<Params>,
    items: &'i [Item],
    operation: Operation,
    context: &Context,
) -> Result<(Vec<Known<'i>>, Vec<NodeError>), NodeError> {
    let (mut known, mut failed) = (Vec::with_capacity(items.len()), Vec::new());
    for item in items {
        let value = params
            .of(item)
            .and_then(|params| identity(operation, params.value()?));
        match value.map_err(|error| error.with_item(item.reference())) {
            Ok(value) => known.push((item, value)),
            Err(error) if context.keep_going => failed.push(error),
            Err(error) => return Err(error),
        }
    }
    Ok((known, failed))
}

/// The same for values that mean the same.
fn identity(operation: Operation, value: &RawJson) -> Result<String, NodeError> {
    match operation {
        Operation::Higher => highest::number(value),
        Operation::Later => highest::date(value),
        Operation::New | Operation::Clear => Ok(monshyflow_sdk::canonical(value.text())),
    }
}

all_with_item_params!(run);
