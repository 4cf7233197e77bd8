//! Sends every item one of two ways.

use monshyflow_sdk::conditions::ConditionParams;
use monshyflow_sdk::{Context, Item, NodeError, Output, each};

pub type Params = ConditionParams;

fn run(params: &Params, item: Item, _context: &Context) -> Result<Output, NodeError> {
    let port = if params.hold()? { "true" } else { "false" };
    Ok(Output::one(item).to(port))
}

each!(run);
