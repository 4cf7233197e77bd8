//! The text of queries. Names in it come from declarations, which are checked; values are always bound.

use rusqlite::types::Value as Bound;
use serde_json::Value;

use crate::collection::{Collection, Index, IndexKind};
use crate::cursor::Position;
use crate::{Error, Find, Order};

pub(super) fn create_index(collection: &Collection, kind: IndexKind, index: Index) -> String {
    let (name, table) = (collection.index_name(kind, index), collection.name);
    let fields: Vec<String> = index.iter().map(|field| extract(field)).collect();
    let (fields, present) = (fields.join(", "), all_present(index));
    match kind {
        IndexKind::Unique => {
            format!(
                "CREATE UNIQUE INDEX IF NOT EXISTS {name} ON doc_{table} (tenant, {fields}) WHERE {present}"
            )
        }
        IndexKind::Plain => {
            format!("CREATE INDEX IF NOT EXISTS {name} ON doc_{table} (tenant, {fields}, id) WHERE {present}")
        }
        IndexKind::AcrossTenants => {
            format!("CREATE INDEX IF NOT EXISTS {name} ON doc_{table} ({fields}, id, tenant) WHERE {present}")
        }
    }
}

/// A query with its values in the order of its `?`.
#[derive(Debug)]
pub(super) struct Select {
    pub(super) text: String,
    pub(super) values: Vec<Bound>,
}

/// Rows `tenant, id, version, body, <value that orders or NULL>`, at most `limit`.
pub(super) fn select(
    tenant: Option<&str>,
    find: &Find,
    kind: Option<IndexKind>,
    position: Option<Position>,
    limit: usize,
) -> Result<Select, Error> {
    let table = find.collection.name;
    let index = kind.map_or_else(
        || format!("p_{table}"),
        |kind| find.collection.index_name(kind, find.index),
    );
    let mut terms = Terms::default();
    if let Some(tenant) = tenant {
        terms.add("tenant = ?", Bound::Text(tenant.to_owned()));
    }
    for (field, value) in find.index.iter().zip(&find.equals) {
        terms.add(&format!("{} = ?", extract(field)), bound(value)?);
    }
    if !find.index.is_empty() {
        terms.texts.push(all_present(find.index));
    }
    let by = find.ordered_by().map(extract);
    let order = by.as_deref().unwrap_or("id");
    if let Some(value) = &find.at_least {
        terms.add(&format!("{order} >= ?"), bound(value)?);
    }
    if let Some(value) = &find.below {
        terms.add(&format!("{order} < ?"), bound(value)?);
    }
    let (direction, beyond) = match find.order {
        Order::Ascending => ("ASC", ">"),
        Order::Descending => ("DESC", "<"),
    };
    if let Some(position) = position {
        terms.beyond(by.as_deref(), beyond, position, tenant.is_none())?;
    }
    let value = by.as_deref().unwrap_or("NULL");
    let ordering = match (&by, kind) {
        // With a unique index nothing follows the last field.
        (Some(by), Some(IndexKind::Unique)) => format!("{by} {direction}"),
        (Some(by), Some(IndexKind::AcrossTenants)) => {
            format!("{by} {direction}, id {direction}, tenant {direction}")
        }
        (Some(by), _) => format!("{by} {direction}, id {direction}"),
        (None, Some(IndexKind::AcrossTenants)) => format!("id {direction}, tenant {direction}"),
        (None, _) => format!("id {direction}"),
    };
    let filter = terms.texts.join(" AND ");
    let text = format!(
        "SELECT tenant, id, version, body, {value} FROM doc_{table} INDEXED BY {index} \
         WHERE {filter} ORDER BY {ordering} LIMIT {limit}"
    );
    Ok(Select {
        text,
        values: terms.values,
    })
}

#[derive(Default)]
struct Terms {
    texts: Vec<String>,
    values: Vec<Bound>,
}

impl Terms {
    fn add(&mut self, text: &str, value: Bound) {
        self.texts.push(text.to_owned());
        self.values.push(value);
    }

    /// Only rows behind `position`. The first term repeats what the second implies, in a form that an index can use.
    fn beyond(
        &mut self,
        by: Option<&str>,
        sign: &str,
        position: Position,
        any_tenant: bool,
    ) -> Result<(), Error> {
        let (id, tenant) = (Bound::Text(position.id), Bound::Text(position.tenant));
        if let Some(by) = by {
            let value = bound(&position.value.ok_or(Error::BadCursor)?)?;
            self.add(&format!("{by} {sign}= ?"), value.clone());
            if any_tenant {
                self.texts
                    .push(format!("({by} {sign} ? OR (id, tenant) {sign} (?, ?))"));
                self.values.extend([value, id, tenant]);
            } else {
                self.texts.push(format!("({by} {sign} ? OR id {sign} ?)"));
                self.values.extend([value, id]);
            }
        } else if any_tenant {
            self.texts.push(format!("(id, tenant) {sign} (?, ?)"));
            self.values.extend([id, tenant]);
        } else {
            self.add(&format!("id {sign} ?"), id);
        }
        Ok(())
    }
}

fn extract(field: &str) -> String {
    format!("json_extract(body, '$.{field}')")
}

fn all_present(index: Index) -> String {
    let terms: Vec<String> = index
        .iter()
        .map(|field| format!("{} IS NOT NULL", extract(field)))
        .collect();
    terms.join(" AND ")
}

fn bound(value: &Value) -> Result<Bound, Error> {
    match value {
        Value::String(text) => Ok(Bound::Text(text.clone())),
        Value::Bool(truth) => Ok(Bound::Integer(i64::from(*truth))),
        Value::Number(number) => match (number.as_i64(), number.as_f64()) {
            (Some(integer), _) => Ok(Bound::Integer(integer)),
            (None, Some(float)) => Ok(Bound::Real(float)),
            (None, None) => Err(Error::misuse(format!("{number} cannot be looked up"))),
        },
        Value::Null | Value::Array(_) | Value::Object(_) => Err(Error::misuse(
            "only strings, numbers and booleans can be looked up",
        )),
    }
}
