//! Sends a request for every item.

mod answer;
mod batching;
mod body;
mod build;
mod format;
mod pages;
mod pagination;
mod pairs;
mod params;
mod status;

use monshyflow_sdk::http::Pending;
use monshyflow_sdk::{Context, Item, NodeError, Output, batches};

pub use params::Params;

/// The first request of an item goes out; those of a whole batch are on their way together.
fn start(params: &Params, item: &Item, context: &Context) -> Result<Pending, NodeError> {
    Ok(build::first(params, item, context)?.start()?)
}

fn finish(params: &Params, item: Item, pending: Pending, context: &Context) -> Result<Output, NodeError> {
    let mut answers = Vec::new();
    let mut response = pending.wait()?;
    if params.pagination.is_off() {
        let answer = answer::read(params, &mut response)?;
        answer.add_items(params, &mut answers)?;
    } else {
        pages::follow(params, &item, response, context, &mut answers)?;
    }
    Ok(Output::many(answers))
}

batches!(start, finish);
