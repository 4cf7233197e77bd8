use monshyflow_ids::TenantId;
use rusqlite::{Connection, OptionalExtension, params, params_from_iter};
use serde_json::{Map, Value};

use super::{fault, read, sql};
use crate::{Collection, ConflictKey, Document, Error, Find, Log, Op, Written};

/// Does one change inside the transaction that is open.
pub(super) fn apply(connection: &Connection, op: &Op) -> Result<Written, Error> {
    match op {
        Op::Insert {
            tenant,
            collection,
            id,
            body,
        } => insert(connection, tenant, collection, id, body),
        Op::Replace {
            tenant,
            collection,
            id,
            version,
            body,
        } => replace(connection, tenant, collection, id, *version, body),
        Op::Delete {
            tenant,
            collection,
            id,
            version,
        } => delete(connection, tenant, collection, id, *version),
        Op::Claim { tenant, find, merge } => claim(connection, tenant.as_ref(), find, merge),
        Op::Append {
            tenant,
            log,
            stream,
            index,
            bytes,
        } => append(connection, tenant, log, stream, *index, bytes),
        Op::DeleteLog { tenant, log, stream } => delete_log(connection, tenant, log, stream),
    }
}

fn insert(
    connection: &Connection,
    tenant: &TenantId,
    collection: &'static Collection,
    id: &str,
    body: &str,
) -> Result<Written, Error> {
    let text = format!(
        "INSERT INTO doc_{} (tenant, id, version, body) VALUES (?1, ?2, 1, ?3)",
        collection.name
    );
    let mut statement = connection.prepare_cached(&text).map_err(fault::error)?;
    statement
        .execute(params![tenant.as_str(), id, body])
        .map_err(|error| violation(collection, error))?;
    Ok(Written::Version(1))
}

fn replace(
    connection: &Connection,
    tenant: &TenantId,
    collection: &'static Collection,
    id: &str,
    version: u64,
    body: &str,
) -> Result<Written, Error> {
    let text = format!(
        "UPDATE doc_{} SET version = version + 1, body = ?4 WHERE tenant = ?1 AND id = ?2 AND version = ?3",
        collection.name
    );
    let mut statement = connection.prepare_cached(&text).map_err(fault::error)?;
    let changed = statement.execute(params![tenant.as_str(), id, signed(version)?, body]);
    match changed.map_err(|error| violation(collection, error))? {
        0 => Err(changed_version(connection, tenant, collection, id)?),
        _ => Ok(Written::Version(version + 1)),
    }
}

fn delete(
    connection: &Connection,
    tenant: &TenantId,
    collection: &'static Collection,
    id: &str,
    version: Option<u64>,
) -> Result<Written, Error> {
    let text = format!(
        "DELETE FROM doc_{} WHERE tenant = ?1 AND id = ?2 AND (?3 IS NULL OR version = ?3)",
        collection.name
    );
    let mut statement = connection.prepare_cached(&text).map_err(fault::error)?;
    let version = version.map(signed).transpose()?;
    let deleted = statement
        .execute(params![tenant.as_str(), id, version])
        .map_err(fault::error)?;
    if deleted == 0 && version.is_some() {
        let conflict = changed_version(connection, tenant, collection, id)?;
        if !matches!(
            conflict,
            Error::Conflict {
                key: ConflictKey::Version(None),
                ..
            }
        ) {
            return Err(conflict);
        }
    }
    Ok(Written::Deleted(deleted as u64))
}

fn claim(
    connection: &Connection,
    tenant: Option<&TenantId>,
    find: &Find,
    merge: &Map<String, Value>,
) -> Result<Written, Error> {
    let kind = find.resolve(tenant.is_none())?;
    let select = sql::select(tenant.map(TenantId::as_str), find, kind, find.position()?, 1)?;
    let first = {
        let mut statement = connection.prepare_cached(&select.text).map_err(fault::error)?;
        let mut rows = statement
            .query(params_from_iter(select.values))
            .map_err(fault::error)?;
        match rows.next().map_err(fault::error)? {
            Some(row) => read::found(row)?,
            None => return Ok(Written::Claimed(None)),
        }
    };
    let (tenant, document, _) = first;
    let body = merged(&document, merge)?;
    replace(
        connection,
        &tenant,
        find.collection,
        &document.id,
        document.version,
        &body,
    )?;
    let claimed = Document {
        version: document.version + 1,
        body,
        id: document.id,
    };
    Ok(Written::Claimed(Some((tenant, claimed))))
}

fn merged(document: &Document, merge: &Map<String, Value>) -> Result<String, Error> {
    let mut body: Map<String, Value> = document.read()?;
    for (field, value) in merge {
        if value.is_null() {
            body.remove(field);
        } else {
            body.insert(field.clone(), value.clone());
        }
    }
    Ok(Value::Object(body).to_string())
}

fn append(
    connection: &Connection,
    tenant: &TenantId,
    log: &'static Log,
    stream: &str,
    index: u64,
    bytes: &[u8],
) -> Result<Written, Error> {
    let text = format!(
        "INSERT INTO log_{} (tenant, stream, entry, bytes) VALUES (?1, ?2, ?3, ?4)",
        log.name
    );
    let mut statement = connection.prepare_cached(&text).map_err(fault::error)?;
    let inserted = statement.execute(params![tenant.as_str(), stream, signed(index)?, bytes]);
    inserted.map_err(|error| match fault::violated_key(&error) {
        Some(_) => Error::Conflict {
            collection: log.name,
            key: ConflictKey::LogIndex(index),
        },
        None => fault::error(error),
    })?;
    Ok(Written::Appended)
}

fn delete_log(connection: &Connection, tenant: &TenantId, log: &Log, stream: &str) -> Result<Written, Error> {
    let text = format!("DELETE FROM log_{} WHERE tenant = ?1 AND stream = ?2", log.name);
    let mut statement = connection.prepare_cached(&text).map_err(fault::error)?;
    let deleted = statement
        .execute(params![tenant.as_str(), stream])
        .map_err(fault::error)?;
    Ok(Written::Deleted(deleted as u64))
}

fn changed_version(
    connection: &Connection,
    tenant: &TenantId,
    collection: &'static Collection,
    id: &str,
) -> Result<Error, Error> {
    let text = format!(
        "SELECT version FROM doc_{} WHERE tenant = ?1 AND id = ?2",
        collection.name
    );
    let mut statement = connection.prepare_cached(&text).map_err(fault::error)?;
    let found: Option<i64> = statement
        .query_row(params![tenant.as_str(), id], |row| row.get(0))
        .optional()
        .map_err(fault::error)?;
    let key = ConflictKey::Version(found.map(i64::unsigned_abs));
    Ok(Error::Conflict {
        collection: collection.name,
        key,
    })
}

fn violation(collection: &'static Collection, error: rusqlite::Error) -> Error {
    let Some(violated) = fault::violated_key(&error) else {
        return fault::error(error);
    };
    let named = |index: &&'static [&'static str]| {
        violated
            == format!(
                "index '{}'",
                collection.index_name(crate::collection::IndexKind::Unique, index)
            )
    };
    let key = match collection.unique.iter().find(|index| named(index)) {
        Some(index) => ConflictKey::Unique(index),
        None => ConflictKey::Id,
    };
    Error::Conflict {
        collection: collection.name,
        key,
    }
}

fn signed(number: u64) -> Result<i64, Error> {
    i64::try_from(number)
        .map_err(|_| Error::misuse(format!("{number} is too large for a version or an index")))
}
