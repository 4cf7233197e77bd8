use std::sync::Arc;

use bytes::Bytes;
use monshyflow_ids::TenantId;
use serde::Serialize;
use serde_json::{Map, Value};

use crate::collection::Declared;
use crate::sqlite::Sqlite;
use crate::{Collection, Document, Error, Find, Log, LogEntry, Op, Page, Written};

/// Most bytes of a document's id or a stream's name.
const LONGEST_NAME: usize = 1_024;

/// How far `Ok` can be trusted.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum Durability {
    /// Survives a power cut.
    #[default]
    Full,
    /// Survives the process, but a power cut may take the last moments. For tests and throw-away data.
    Process,
}

/// How a store is opened.
#[derive(Debug, Clone)]
pub struct Options {
    pub collections: Vec<&'static Collection>,
    pub logs: Vec<&'static Log>,
    pub durability: Durability,
    /// Most bytes of one document or log entry.
    pub max_body: usize,
    /// Most bytes of the database file; `None` is whatever the disk has.
    pub max_file: Option<u64>,
    /// Bytes that may wait to be written; whoever comes with more waits.
    pub queue_bytes: usize,
}

impl Options {
    pub fn new(collections: &[&'static Collection], logs: &[&'static Log]) -> Self {
        Self {
            collections: collections.to_vec(),
            logs: logs.to_vec(),
            durability: Durability::Full,
            max_body: 16 << 20,
            max_file: None,
            queue_bytes: 64 << 20,
        }
    }
}

/// The document store. Cheap to clone; the last clone that goes flushes what waits.
#[derive(Debug, Clone)]
pub struct Store {
    backend: Backend,
    declared: Arc<Declared>,
    max_body: usize,
}

#[derive(Debug, Clone)]
enum Backend {
    Sqlite(Sqlite),
}

impl Store {
    /// Opens or makes the store at `url`: `sqlite:///absolute/path.db`. A file is for one process at a time.
    pub async fn open(url: &str, options: Options) -> Result<Self, Error> {
        let declared = Arc::new(Declared::new(&options.collections, &options.logs)?);
        let max_body = options.max_body;
        let Some(path) = url.strip_prefix("sqlite://").filter(|path| path.starts_with('/')) else {
            return Err(Error::misuse(
                "a store's URL looks like `sqlite:///absolute/path.db`",
            ));
        };
        let backend = Backend::Sqlite(Sqlite::open(path.into(), options, declared.clone()).await?);
        Ok(Self {
            backend,
            declared,
            max_body,
        })
    }

    /// Stores a new document; its version is 1.
    pub async fn insert<T: Serialize + ?Sized>(
        &self,
        tenant: &TenantId,
        collection: &'static Collection,
        id: &str,
        body: &T,
    ) -> Result<(), Error> {
        self.write(vec![Op::insert(tenant, collection, id, body)?])
            .await
            .map(drop)
    }

    /// Stores new documents, `(id, body)`, in order.
    pub async fn insert_many<T: Serialize>(
        &self,
        tenant: &TenantId,
        collection: &'static Collection,
        documents: impl IntoIterator<Item = (String, T)>,
    ) -> Result<(), Error> {
        let ops = documents
            .into_iter()
            .map(|(id, body)| Op::insert(tenant, collection, id, &body));
        self.write(ops.collect::<Result<_, _>>()?).await.map(drop)
    }

    pub async fn get(
        &self,
        tenant: &TenantId,
        collection: &'static Collection,
        id: &str,
    ) -> Result<Option<Document>, Error> {
        self.declared.check(collection)?;
        let Backend::Sqlite(sqlite) = &self.backend;
        sqlite.get(tenant.clone(), collection, id.to_owned()).await
    }

    /// Replaces the document if it still has `version`; answers its new version.
    pub async fn replace_if<T: Serialize + ?Sized>(
        &self,
        tenant: &TenantId,
        collection: &'static Collection,
        id: &str,
        version: u64,
        body: &T,
    ) -> Result<u64, Error> {
        let written = self
            .write(vec![Op::replace(tenant, collection, id, version, body)?])
            .await?;
        match written.first() {
            Some(Written::Version(version)) => Ok(*version),
            other => Err(Error::Damaged(format!("a replacement answered {other:?}"))),
        }
    }

    /// Deletes the document, with `version` only if it still has that one. Answers whether there was one.
    pub async fn delete(
        &self,
        tenant: &TenantId,
        collection: &'static Collection,
        id: &str,
        version: Option<u64>,
    ) -> Result<bool, Error> {
        let op = Op::Delete {
            tenant: tenant.clone(),
            collection,
            id: id.to_owned(),
            version,
        };
        Ok(self.write(vec![op]).await? == [Written::Deleted(1)])
    }

    pub async fn find(&self, tenant: &TenantId, find: Find) -> Result<Page, Error> {
        let page = self.find_where(Some(tenant.clone()), find).await?;
        let items = page.items.into_iter().map(|(_, document)| document).collect();
        Ok(Page {
            items,
            next: page.next,
        })
    }

    /// How many documents `find` gives on all pages together; it stops counting at `at_most`.
    pub async fn count(&self, tenant: &TenantId, find: Find, at_most: usize) -> Result<usize, Error> {
        self.declared.check(find.collection)?;
        let kind = find.resolve(false)?;
        let Backend::Sqlite(sqlite) = &self.backend;
        sqlite.count(tenant.clone(), find, kind, at_most).await
    }

    /// Looks at all tenants, for the host itself; by an index of `across_tenants`.
    pub async fn find_any_tenant(&self, find: Find) -> Result<Page<(TenantId, Document)>, Error> {
        self.find_where(None, find).await
    }

    /// Takes the first document that `find` gives, merges the fields of `merge` into it (null removes one), and answers
    /// it as it is then; nobody else gets it in between.
    pub async fn claim(
        &self,
        tenant: &TenantId,
        find: Find,
        merge: Map<String, Value>,
    ) -> Result<Option<Document>, Error> {
        let claimed = self.claim_where(Some(tenant.clone()), find, merge).await?;
        Ok(claimed.map(|(_, document)| document))
    }

    /// Like `claim` over all tenants, for the host itself; by an index of `across_tenants`.
    pub async fn claim_any_tenant(
        &self,
        find: Find,
        merge: Map<String, Value>,
    ) -> Result<Option<(TenantId, Document)>, Error> {
        self.claim_where(None, find, merge).await
    }

    /// Appends an entry; whoever comes second with the same `index` gets a conflict.
    pub async fn append(
        &self,
        tenant: &TenantId,
        log: &'static Log,
        stream: &str,
        index: u64,
        bytes: Bytes,
    ) -> Result<(), Error> {
        self.append_many(tenant, log, stream, index, vec![bytes]).await
    }

    /// Appends entries with the indices `first`, `first + 1` and so on.
    pub async fn append_many(
        &self,
        tenant: &TenantId,
        log: &'static Log,
        stream: &str,
        first: u64,
        entries: Vec<Bytes>,
    ) -> Result<(), Error> {
        let numbered = entries.into_iter().zip(0..);
        let ops = numbered.map(|(bytes, offset)| {
            // A number that does not fit is refused where all numbers are checked.
            Op::append(tenant, log, stream, first.saturating_add(offset), bytes)
        });
        self.write(ops.collect()).await.map(drop)
    }

    /// Entries from index `from` on, in order, until `limit_bytes` are reached; at least one if there is one.
    pub async fn read_log(
        &self,
        tenant: &TenantId,
        log: &'static Log,
        stream: &str,
        from: u64,
        limit_bytes: usize,
    ) -> Result<Vec<LogEntry>, Error> {
        self.declared.check_log(log)?;
        let Backend::Sqlite(sqlite) = &self.backend;
        sqlite
            .read_log(tenant.clone(), log, stream.to_owned(), from, limit_bytes)
            .await
    }

    /// The greatest index of a stream.
    pub async fn last_index(
        &self,
        tenant: &TenantId,
        log: &'static Log,
        stream: &str,
    ) -> Result<Option<u64>, Error> {
        self.declared.check_log(log)?;
        let Backend::Sqlite(sqlite) = &self.backend;
        sqlite.last_index(tenant.clone(), log, stream.to_owned()).await
    }

    pub async fn delete_log(&self, tenant: &TenantId, log: &'static Log, stream: &str) -> Result<(), Error> {
        let op = Op::DeleteLog {
            tenant: tenant.clone(),
            log,
            stream: stream.to_owned(),
        };
        self.write(vec![op]).await.map(drop)
    }

    /// Does `ops` in order and answers what each did, when all are durable. The first that fails ends it.
    ///
    /// SQLite then does none of them. Another back-end may have done those before, so order them such that having done
    /// only the first ones is harmless.
    pub async fn write(&self, ops: Vec<Op>) -> Result<Vec<Written>, Error> {
        for op in &ops {
            self.check(op)?;
        }
        if ops.is_empty() {
            return Ok(Vec::new());
        }
        let Backend::Sqlite(sqlite) = &self.backend;
        sqlite.write(ops).await
    }

    /// Finishes what was accepted and closes the database; later calls answer `Unavailable`.
    pub async fn close(&self) {
        let Backend::Sqlite(sqlite) = &self.backend;
        sqlite.close().await;
    }

    async fn find_where(
        &self,
        tenant: Option<TenantId>,
        find: Find,
    ) -> Result<Page<(TenantId, Document)>, Error> {
        self.declared.check(find.collection)?;
        let kind = find.resolve(tenant.is_none())?;
        let position = find.position()?;
        let Backend::Sqlite(sqlite) = &self.backend;
        sqlite.find(tenant, find, kind, position).await
    }

    async fn claim_where(
        &self,
        tenant: Option<TenantId>,
        find: Find,
        merge: Map<String, Value>,
    ) -> Result<Option<(TenantId, Document)>, Error> {
        let claim = Op::Claim {
            tenant,
            find: Box::new(find),
            merge,
        };
        match self.write(vec![claim]).await?.pop() {
            Some(Written::Claimed(claimed)) => Ok(claimed),
            other => Err(Error::Damaged(format!("a claim answered {other:?}"))),
        }
    }

    fn check(&self, op: &Op) -> Result<(), Error> {
        if op.size() > self.max_body {
            return Err(Error::TooLarge {
                size: op.size(),
                limit: self.max_body,
            });
        }
        match op {
            Op::Insert { collection, id, .. } | Op::Replace { collection, id, .. } => {
                check_name(id)?;
                self.declared.check(collection)
            }
            Op::Delete { collection, .. } => self.declared.check(collection),
            Op::Claim { tenant, find, .. } => {
                self.declared.check(find.collection)?;
                find.resolve(tenant.is_none()).map(drop)
            }
            Op::Append { log, stream, .. } => {
                check_name(stream)?;
                self.declared.check_log(log)
            }
            Op::DeleteLog { log, .. } => self.declared.check_log(log),
        }
    }
}

/// Ids and names of streams are keys of indexes.
fn check_name(name: &str) -> Result<(), Error> {
    if (1..=LONGEST_NAME).contains(&name.len()) {
        Ok(())
    } else {
        Err(Error::misuse(format!(
            "an id has 1 to {LONGEST_NAME} bytes, this one has {}",
            name.len()
        )))
    }
}
