//! Makes an item of each row of an Excel file, or such a file of all items.

mod archive;
mod cell;
mod columns;
mod params;
mod range;
mod read;
mod write;

use monshyflow_sdk::{Call, CallParams, Context, Item, NodeError, Outcome, Output, run_all, run_each};
use serde::Deserialize;

use params::Operation;
pub use params::Params;

/// A file takes all items at once; reading goes item by item, each with its own parameters.
fn dispatch(call: Call) -> Result<Outcome, NodeError> {
    #[derive(Default, Deserialize)]
    struct Only {
        #[serde(default)]
        operation: Operation,
    }
    let first = match &call.params {
        CallParams::Shared(text) => Some(text),
        CallParams::PerItem(texts) => texts.first(),
    };
    let only = first.and_then(|text| serde_json::from_str::<Only>(text).ok());
    match only.unwrap_or_default().operation {
        Operation::Read => run_each(call, each),
        Operation::Write => run_all(call, write::run),
    }
}

fn each(params: &Params, item: Item, _context: &Context) -> Result<Output, NodeError> {
    if params.operation == Operation::Write {
        let message = "parameter /operation: `write` takes all items at once, so it must be the same for all";
        return Err(NodeError::invalid("invalid-params", message).at("/operation"));
    }
    read::run(params, &item)
}

monshyflow_sdk::__export!(|call| dispatch(call));
