//! Where a page ended: hex of a JSON array, so that it needs no escaping in a URL. It carries no right to anything: the
//! tenant and the filters come from the query that it is given to.

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
    text.iter().map(|byte| format!("{byte:02x}")).collect()
}

pub(crate) fn read(text: &str, find: &Find) -> Result<Position, Error> {
    let bytes = unhex(text).ok_or(Error::BadCursor)?;
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

fn unhex(text: &str) -> Option<Vec<u8>> {
    if text.len() > 4_096 || !text.len().is_multiple_of(2) || !text.is_ascii() {
        return None;
    }
    (0..text.len())
        .step_by(2)
        .map(|at| u8::from_str_radix(text.get(at..at + 2)?, 16).ok())
        .collect()
}
