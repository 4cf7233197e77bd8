//! Where a page ended: hex of a JSON array, so that it needs no escaping in a URL. It carries no right to anything: the
//! tenant and the filters come from the query that it is given to.

use data_encoding::HEXLOWER;
use serde_json::Value;

use crate::{Error, Find, Order};

/// The last document of a page. `value` is `None` when only the id orders.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Position {
    pub(crate) tenant: String,
    pub(crate) value: Option<Value>,
    pub(crate) id: String,
}

pub(crate) fn write(find: &Find, position: Position) -> String {
    let parts = (label(find), position.tenant, position.value, position.id);
    let text = serde_json::to_vec(&parts).unwrap_or_default();
    HEXLOWER.encode(&text)
}

pub(crate) fn read(text: &str, find: &Find) -> Result<Position, Error> {
    let bytes = HEXLOWER.decode(text.as_bytes()).map_err(|_| Error::BadCursor)?;
    let (made_for, tenant, value, id): (String, String, Option<Value>, String) =
        serde_json::from_slice(&bytes).map_err(|_| Error::BadCursor)?;
    let fits = match &value {
        None => find.ordered_by().is_none(),
        Some(value) => find.ordered_by().is_some() && (value.is_string() || value.is_number()),
    };
    if made_for == label(find) && fits {
        Ok(Position { tenant, value, id })
    } else {
        Err(Error::BadCursor)
    }
}

fn label(find: &Find) -> String {
    let order = match find.order {
        Order::Ascending => '+',
        Order::Descending => '-',
    };
    format!(
        "{}:{}:{}{order}",
        find.collection.name,
        find.index.join(","),
        find.equals.len()
    )
}
