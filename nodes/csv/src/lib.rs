//! Makes an item of each row of CSV, or CSV of all items.

mod cell;
mod decoded;
mod params;
mod read;
mod rows;
mod write;

use monshyflow_sdk::{Context, Item, NodeError, Output, each_or_all};

use params::Operation;
pub use params::Params;

/// A file takes all items; reading goes item by item, each with its own parameters.
fn is_file(params: &Params) -> bool {
    params.operation == Operation::Write
}

fn each(params: &Params, item: Item, _context: &Context) -> Result<Output, NodeError> {
    read::run(params, &item)
}

each_or_all!(is_file, each, write::run);
