//! Sends a GraphQL query or mutation for every item.

mod answer;
mod params;
mod request;

use monshyflow_sdk::http::Pending;
use monshyflow_sdk::{Context, Item, NewItem, NodeError, batches};

pub use params::Params;

/// The requests of a whole batch are on their way together.
fn start(params: &Params, _item: &Item, _context: &Context) -> Result<Pending, NodeError> {
    Ok(request::build(params)?.start()?)
}

fn finish(params: &Params, _item: Item, pending: Pending, _context: &Context) -> Result<NewItem, NodeError> {
    answer::read(params, &mut pending.wait()?)
}

batches!(start, finish);
