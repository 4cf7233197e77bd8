//! The SQLite back-end: one writer thread that commits groups, and a few read-only connections.
//!
//! WAL lets readers go on while the writer writes. A group is everything that waited while the last one was being made
//! durable, so the busier it gets, the more writes share one fdatasync.

mod apply;
mod fault;
mod read;
mod readers;
mod schema;
mod sql;
mod writer;

use std::path::PathBuf;
use std::sync::Arc;

use monshyflow_ids::TenantId;

use self::readers::Readers;
use self::writer::Writer;
use crate::collection::{Declared, IndexKind};
use crate::cursor::Position;
use crate::store::Options;
use crate::{Collection, Document, Error, Find, Log, LogEntry, Op, Page, Written};

#[derive(Debug, Clone)]
pub(crate) struct Sqlite {
    writer: Writer,
    readers: Readers,
}

impl Sqlite {
    pub(crate) async fn open(
        path: PathBuf,
        options: Options,
        declared: Arc<Declared>,
    ) -> Result<Self, Error> {
        let opened = tokio::task::spawn_blocking(move || {
            let connection = schema::open(&path, &options, &declared)?;
            let readers = Readers::open(&path)?;
            let writer =
                Writer::start(connection, &options).map_err(|error| Error::Unavailable(error.to_string()))?;
            Ok(Self { writer, readers })
        });
        opened
            .await
            .map_err(|error| Error::Unavailable(error.to_string()))?
    }

    pub(crate) async fn write(&self, ops: Vec<Op>) -> Result<Vec<Written>, Error> {
        self.writer.write(ops).await
    }

    pub(crate) async fn get(
        &self,
        tenant: TenantId,
        collection: &'static Collection,
        id: String,
    ) -> Result<Option<Document>, Error> {
        self.readers
            .with(move |connection| read::get(connection, &tenant, collection, &id))
            .await
    }

    pub(crate) async fn find(
        &self,
        tenant: Option<TenantId>,
        find: Find,
        kind: Option<IndexKind>,
        position: Option<Position>,
    ) -> Result<Page<(TenantId, Document)>, Error> {
        self.readers
            .with(move |connection| read::find(connection, tenant.as_ref(), &find, kind, position))
            .await
    }

    pub(crate) async fn count(
        &self,
        tenant: TenantId,
        find: Find,
        kind: Option<IndexKind>,
        at_most: usize,
    ) -> Result<usize, Error> {
        self.readers
            .with(move |connection| read::count(connection, &tenant, &find, kind, at_most))
            .await
    }

    pub(crate) async fn read_log(
        &self,
        tenant: TenantId,
        log: &'static Log,
        stream: String,
        from: u64,
        limit_bytes: usize,
    ) -> Result<Vec<LogEntry>, Error> {
        let read = move |connection: &_| read::read_log(connection, &tenant, log, &stream, from, limit_bytes);
        self.readers.with(read).await
    }

    pub(crate) async fn last_index(
        &self,
        tenant: TenantId,
        log: &'static Log,
        stream: String,
    ) -> Result<Option<u64>, Error> {
        self.readers
            .with(move |connection| read::last_index(connection, &tenant, log, &stream))
            .await
    }

    pub(crate) async fn close(&self) {
        self.writer.close().await;
        self.readers.close().await;
    }
}
