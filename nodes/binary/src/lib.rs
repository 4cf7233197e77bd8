//! Reads an attachment into a field, or writes a field into an attachment.

mod charset;
mod indent;
mod params;
mod read;
mod write;

use monshyflow_sdk::{Context, Item, NewItem, NodeError, Path, each};

use params::Operation;
pub use params::Params;

fn run(params: &Params, item: Item, _context: &Context) -> Result<NewItem, NodeError> {
    match params.operation {
        Operation::Read => read::read(params, &item),
        Operation::Write => write::write(params, &item),
    }
}

fn field(params: &Params) -> Result<Path, NodeError> {
    Path::parse(&params.field).map_err(|error| NodeError::invalid_param("/field", error))
}

each!(run);
