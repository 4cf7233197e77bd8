//! Reads a feed and gives an item for each entry.

mod date;
mod element;
mod entry;
mod fetch;
mod json_feed;
mod params;
mod snippet;
mod xml_feed;

use monshyflow_sdk::http::Pending;
use monshyflow_sdk::{Context, Item, NewItem, NodeError, Output, batches};

pub use params::Params;

/// The requests of a whole batch are on their way together.
fn start(params: &Params, _item: &Item, _context: &Context) -> Result<Pending, NodeError> {
    fetch::start(params)
}

fn finish(params: &Params, _item: Item, pending: Pending, _context: &Context) -> Result<Output, NodeError> {
    let feed = fetch::finish(params, pending)?;
    let most = match params.max_entries {
        0 => usize::MAX,
        most => most as usize,
    };
    let is_json = feed.text.trim_start().starts_with('{');
    let entries = if is_json {
        json_feed::entries(&feed, most)?
    } else {
        xml_feed::entries(params, &feed, most)?
    };
    let items = entries.iter().map(NewItem::of);
    Ok(Output::many(items.collect::<Result<Vec<_>, _>>()?))
}

batches!(start, finish);
