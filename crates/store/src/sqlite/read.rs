use bytes::Bytes;
use monshyflow_ids::TenantId;
use rusqlite::types::ValueRef;
use rusqlite::{Connection, OptionalExtension, Row, params, params_from_iter};
use serde_json::Value;

use super::{fault, sql};
use crate::collection::IndexKind;
use crate::cursor::{self, Position};
use crate::{Collection, Document, Error, Find, Log, LogEntry, Page};

/// A page ends early above this, so that large documents do not fill the memory.
const PAGE_BYTES: usize = 16 << 20;

pub(super) fn get(
    connection: &Connection,
    tenant: &TenantId,
    collection: &Collection,
    id: &str,
) -> Result<Option<Document>, Error> {
    let text = format!(
        "SELECT id, version, body FROM doc_{} WHERE tenant = ?1 AND id = ?2",
        collection.name
    );
    let mut statement = connection.prepare_cached(&text).map_err(fault::error)?;
    let document = |row: &Row<'_>| {
        Ok(Document {
            id: row.get(0)?,
            version: row.get::<_, i64>(1)?.unsigned_abs(),
            body: row.get(2)?,
        })
    };
    statement
        .query_row(params![tenant.as_str(), id], document)
        .optional()
        .map_err(fault::error)
}

pub(super) fn find(
    connection: &Connection,
    tenant: Option<&TenantId>,
    find: &Find,
    kind: Option<IndexKind>,
    position: Option<Position>,
) -> Result<Page<(TenantId, Document)>, Error> {
    let select = sql::select(tenant.map(TenantId::as_str), find, kind, position, find.limit + 1)?;
    let mut statement = connection.prepare_cached(&select.text).map_err(fault::error)?;
    let mut rows = statement
        .query(params_from_iter(select.values))
        .map_err(fault::error)?;
    let (mut items, mut last, mut size) = (Vec::new(), None, 0);
    while let Some(row) = rows.next().map_err(fault::error)? {
        if items.len() == find.limit || size > PAGE_BYTES {
            let next = last.map(|position| cursor::write(find, position));
            return Ok(Page { items, next });
        }
        let (tenant, document, value) = found(row)?;
        size += document.body.len();
        last = Some(Position {
            tenant: tenant.as_str().to_owned(),
            value,
            id: document.id.clone(),
        });
        items.push((tenant, document));
    }
    Ok(Page { items, next: None })
}

pub(super) fn count(
    connection: &Connection,
    tenant: &TenantId,
    find: &Find,
    kind: Option<IndexKind>,
    at_most: usize,
) -> Result<usize, Error> {
    let select = sql::select(Some(tenant.as_str()), find, kind, None, at_most)?;
    let text = format!("SELECT count(*) FROM ({})", select.text);
    let mut statement = connection.prepare_cached(&text).map_err(fault::error)?;
    let counted = statement.query_row(params_from_iter(select.values), |row| row.get::<_, i64>(0));
    Ok(counted.map_err(fault::error)?.unsigned_abs() as usize)
}

/// A row of `sql::select`.
pub(super) fn found(row: &Row<'_>) -> Result<(TenantId, Document, Option<Value>), Error> {
    let read = || -> rusqlite::Result<(String, Document, Option<Value>)> {
        let version = row.get::<_, i64>(2)?.unsigned_abs();
        let document = Document {
            id: row.get(1)?,
            version,
            body: row.get(3)?,
        };
        let value = match row.get_ref(4)? {
            ValueRef::Null | ValueRef::Blob(_) => None,
            ValueRef::Integer(integer) => Some(integer.into()),
            ValueRef::Real(float) => Some(float.into()),
            ValueRef::Text(text) => Some(String::from_utf8_lossy(text).into_owned().into()),
        };
        Ok((row.get(0)?, document, value))
    };
    let (tenant, document, value) = read().map_err(fault::error)?;
    let tenant = TenantId::from_record(&tenant)
        .map_err(|error| Error::Damaged(format!("document {}: {error}", document.id)))?;
    Ok((tenant, document, value))
}

pub(super) fn read_log(
    connection: &Connection,
    tenant: &TenantId,
    log: &Log,
    stream: &str,
    from: u64,
    limit_bytes: usize,
) -> Result<Vec<LogEntry>, Error> {
    let Ok(from) = i64::try_from(from) else {
        return Ok(Vec::new());
    };
    let text = format!(
        "SELECT entry, bytes FROM log_{} WHERE tenant = ?1 AND stream = ?2 AND entry >= ?3 ORDER BY entry",
        log.name
    );
    let mut statement = connection.prepare_cached(&text).map_err(fault::error)?;
    let mut rows = statement
        .query(params![tenant.as_str(), stream, from])
        .map_err(fault::error)?;
    let (mut entries, mut size) = (Vec::new(), 0);
    while let Some(row) = rows.next().map_err(fault::error)? {
        let read = || -> rusqlite::Result<LogEntry> {
            let index = row.get::<_, i64>(0)?.unsigned_abs();
            Ok(LogEntry {
                index,
                bytes: Bytes::from(row.get::<_, Vec<u8>>(1)?),
            })
        };
        let entry = read().map_err(fault::error)?;
        size += entry.bytes.len();
        entries.push(entry);
        if size >= limit_bytes {
            break;
        }
    }
    Ok(entries)
}

pub(super) fn last_index(
    connection: &Connection,
    tenant: &TenantId,
    log: &Log,
    stream: &str,
) -> Result<Option<u64>, Error> {
    let text = format!(
        "SELECT max(entry) FROM log_{} WHERE tenant = ?1 AND stream = ?2",
        log.name
    );
    let mut statement = connection.prepare_cached(&text).map_err(fault::error)?;
    let last: Option<i64> = statement
        .query_row(params![tenant.as_str(), stream], |row| row.get(0))
        .map_err(fault::error)?;
    Ok(last.map(i64::unsigned_abs))
}
