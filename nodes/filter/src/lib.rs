//! Keeps the items that meet the conditions.

use monshyflow_sdk::conditions::ConditionParams;
use monshyflow_sdk::{Context, Item, NodeError, Output, each};

pub type Params = ConditionParams;

fn run(params: &Params, item: Item, _context: &Context) -> Result<Output, NodeError> {
    let port = if params.hold()? { "kept" } else { "discarded" };
    // Nothing that is kept is a result, too.
    Ok(Output::one(item).to(port).delivered_at("kept"))
}

each!(run);
