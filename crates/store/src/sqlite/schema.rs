use std::collections::BTreeSet;
use std::path::Path;
use std::time::Duration;

use rusqlite::{Connection, OpenFlags};

use super::{fault, sql};
use crate::collection::{Collection, Declared};
use crate::store::{Durability, Options};
use crate::{Error, Log};

/// "MnFw": tells our files from other SQLite databases.
const APPLICATION_ID: i64 = 0x4d6e_4677;
/// Layout of tables and indexes.
const LAYOUT: i64 = 1;
/// Pages in the WAL that are enough to copy them to the database. Copying stalls writers for about as long as 15 commits;
/// with 31 MiB it is so rare that it does not show in the 99th percentile, and pages that are written often are copied once.
const CHECKPOINT_PAGES: u32 = 8_000;
/// How long another process may hold the file before a write is given up.
const BUSY: Duration = Duration::from_secs(5);

/// The writer's connection, with every declared table and index in place.
pub(super) fn open(path: &Path, options: &Options, declared: &Declared) -> Result<Connection, Error> {
    let flags =
        OpenFlags::SQLITE_OPEN_READ_WRITE | OpenFlags::SQLITE_OPEN_CREATE | OpenFlags::SQLITE_OPEN_NO_MUTEX;
    let mut connection = Connection::open_with_flags(path, flags)
        .map_err(|error| Error::Unavailable(format!("{}: {error}", path.display())))?;
    let opened = prepare(&mut connection, options).and_then(|()| declare(&mut connection, declared));
    opened.map_err(|error| in_file(path, error))?;
    Ok(connection)
}

/// A connection that cannot write.
pub(super) fn open_reader(path: &Path) -> Result<Connection, Error> {
    let flags = OpenFlags::SQLITE_OPEN_READ_ONLY | OpenFlags::SQLITE_OPEN_NO_MUTEX;
    let connection = Connection::open_with_flags(path, flags).map_err(fault::error)?;
    connection.busy_timeout(BUSY).map_err(fault::error)?;
    connection
        .pragma_update(None, "cache_size", -1_024)
        .map_err(fault::error)?;
    connection.set_prepared_statement_cache_capacity(64);
    Ok(connection)
}

fn prepare(connection: &mut Connection, options: &Options) -> Result<(), Error> {
    let synchronous = match options.durability {
        Durability::Full => "FULL",
        Durability::Process => "NORMAL",
    };
    let settings = || -> rusqlite::Result<(i64, i64)> {
        connection.busy_timeout(BUSY)?;
        // Refuses foreign files before anything of them is changed.
        let application: i64 = connection.pragma_query_value(None, "application_id", |row| row.get(0))?;
        let layout: i64 = connection.pragma_query_value(None, "user_version", |row| row.get(0))?;
        let tables: i64 = connection.query_row("SELECT count(*) FROM sqlite_schema", [], |row| row.get(0))?;
        if tables == 0 {
            Ok((APPLICATION_ID, LAYOUT))
        } else {
            Ok((application, layout))
        }
    };
    match settings().map_err(fault::error)? {
        (APPLICATION_ID, LAYOUT) => {}
        (APPLICATION_ID, layout) => {
            let what =
                format!("its layout is {layout}, this program knows {LAYOUT}; use the program that wrote it");
            return Err(Error::misuse(what));
        }
        _ => return Err(Error::misuse("it is a database of another program")),
    }
    let configure = || -> rusqlite::Result<()> {
        connection.pragma_update(None, "journal_mode", "WAL")?;
        connection.pragma_update(None, "synchronous", synchronous)?;
        connection.pragma_update(None, "cache_size", -8_192)?;
        connection.pragma_update(None, "wal_autocheckpoint", CHECKPOINT_PAGES)?;
        // A WAL that a burst made large is cut back when it starts over.
        connection.pragma_update(None, "journal_size_limit", 48 << 20)?;
        connection.pragma_update(None, "application_id", APPLICATION_ID)?;
        connection.pragma_update(None, "user_version", LAYOUT)?;
        if let Some(bytes) = options.max_file {
            let page: u32 = connection.pragma_query_value(None, "page_size", |row| row.get(0))?;
            let pages = u32::try_from(bytes / u64::from(page.max(1)))
                .unwrap_or(u32::MAX)
                .max(1);
            connection.pragma_update(None, "max_page_count", pages)?;
        }
        connection.set_prepared_statement_cache_capacity(128);
        Ok(())
    };
    configure().map_err(fault::error)
}

/// Makes what is declared and missing, and drops indexes that their collection no longer declares. Collections that are not
/// declared stay as they are.
fn declare(connection: &mut Connection, declared: &Declared) -> Result<(), Error> {
    let transaction = connection.transaction().map_err(fault::error)?;
    for collection in declared.collections.values() {
        declare_collection(&transaction, collection)?;
    }
    for log in declared.logs.values() {
        declare_log(&transaction, log).map_err(fault::error)?;
    }
    transaction.commit().map_err(fault::error)
}

fn declare_collection(connection: &Connection, collection: &Collection) -> Result<(), Error> {
    let name = collection.name;
    let table = format!(
        "CREATE TABLE IF NOT EXISTS doc_{name} \
         (tenant TEXT NOT NULL, id TEXT NOT NULL, version INTEGER NOT NULL, body TEXT NOT NULL); \
         CREATE UNIQUE INDEX IF NOT EXISTS p_{name} ON doc_{name} (tenant, id);"
    );
    connection.execute_batch(&table).map_err(fault::error)?;
    let mut wanted = BTreeSet::from([format!("p_{name}")]);
    for (kind, index) in collection.every_index() {
        let create = sql::create_index(collection, kind, index);
        connection
            .execute_batch(&create)
            .map_err(|error| match fault::violated_key(&error) {
                Some(_) => Error::misuse(format!("documents in `{name}` have equal {}", index.join(", "))),
                None => fault::error(error),
            })?;
        wanted.insert(collection.index_name(kind, index));
    }
    for found in index_names(connection, name).map_err(fault::error)? {
        if !wanted.contains(&found) {
            connection
                .execute_batch(&format!("DROP INDEX \"{found}\""))
                .map_err(fault::error)?;
        }
    }
    Ok(())
}

fn index_names(connection: &Connection, collection: &str) -> rusqlite::Result<Vec<String>> {
    let find = "SELECT name FROM sqlite_schema WHERE type = 'index' AND tbl_name = ?1 AND sql IS NOT NULL";
    let mut statement = connection.prepare(find)?;
    let names = statement.query_map([format!("doc_{collection}")], |row| row.get(0))?;
    names.collect()
}

fn declare_log(connection: &Connection, log: &Log) -> rusqlite::Result<()> {
    let name = log.name;
    connection.execute_batch(&format!(
        "CREATE TABLE IF NOT EXISTS log_{name} \
         (tenant TEXT NOT NULL, stream TEXT NOT NULL, entry INTEGER NOT NULL, bytes BLOB NOT NULL); \
         CREATE UNIQUE INDEX IF NOT EXISTS p_log_{name} ON log_{name} (tenant, stream, entry);"
    ))
}

fn in_file(path: &Path, error: Error) -> Error {
    let at = path.display();
    match error {
        Error::Misuse(what) => Error::Misuse(format!("{at}: {what}")),
        Error::Unavailable(what) => Error::Unavailable(format!("{at}: {what}")),
        Error::Damaged(what) => Error::Damaged(format!("{at}: {what}")),
        other => other,
    }
}
