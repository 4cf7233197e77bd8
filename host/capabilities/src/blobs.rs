//! Binary data by handle. A guest's handle is an index into a list that belongs to the call, so that nothing that the
//! host did not put there can be named.

use std::sync::Arc;

use bytes::Bytes;
use futures::future::BoxFuture;
use wasmtime::component::Resource;

use crate::bindings::monshyflow::node::blobs::{Error, Host, HostReader, HostWriter};
use crate::{CallState, Capability};

/// Largest piece, in bytes.
const MAX_PIECE: usize = 1 << 20;

/// Where the call's binary data is, and what of it the call may read: blob `n` of the guest is `inputs[n]`.
#[derive(Clone)]
pub struct BlobPower {
    pub store: Arc<dyn BlobStore>,
    pub inputs: Vec<StoredBlob>,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct StoredBlob {
    /// Key in the object store, made by the host.
    pub object: Arc<str>,
    /// Bytes.
    pub size: u64,
}

#[derive(Debug, thiserror::Error)]
#[error("{0}")]
pub struct BlobError(pub String);

/// Where bytes are kept: part of the outside world.
pub trait BlobStore: Send + Sync {
    /// At most `limit` bytes from `offset` on; empty at the end.
    fn read<'a>(
        &'a self,
        object: &'a str,
        offset: u64,
        limit: usize,
    ) -> BoxFuture<'a, Result<Bytes, BlobError>>;

    /// A new object under a key of the store's choice.
    fn create(&self) -> BoxFuture<'_, Result<Box<dyn BlobWriter>, BlobError>>;
}

/// An object that is being written. Dropped before `finish`, it leaves nothing.
pub trait BlobWriter: Send {
    fn write(&mut self, piece: Bytes) -> BoxFuture<'_, Result<(), BlobError>>;

    fn finish(self: Box<Self>) -> BoxFuture<'static, Result<StoredBlob, BlobError>>;
}

pub struct OpenReader {
    blob: StoredBlob,
    offset: u64,
}

pub struct OpenWriter {
    writer: Box<dyn BlobWriter>,
}

/// Of one call.
pub(crate) struct BlobTable {
    store: Option<Arc<dyn BlobStore>>,
    blobs: Vec<StoredBlob>,
    open: u32,
    max_open: u32,
    bytes_left: u64,
}

impl BlobTable {
    pub(crate) fn new(power: Option<BlobPower>, limits: &crate::Limits) -> Self {
        let (store, blobs) = power.map(|power| (power.store, power.inputs)).unzip();
        Self {
            store,
            blobs: blobs.unwrap_or_default(),
            open: 0,
            max_open: limits.open_blobs,
            bytes_left: limits.created_blob_bytes,
        }
    }

    pub(crate) fn get(&self, blob: u32) -> Option<&StoredBlob> {
        self.blobs.get(blob as usize)
    }

    fn store(&self) -> Result<Arc<dyn BlobStore>, Error> {
        self.reading().map_err(Error::Unavailable)
    }

    /// Where blobs of the call are read, or why they cannot be.
    pub(crate) fn reading(&self) -> Result<Arc<dyn BlobStore>, String> {
        self.store
            .clone()
            .ok_or_else(|| "this call has no place for binary data".to_owned())
    }

    fn take_place(&mut self) -> Result<(), Error> {
        if self.open >= self.max_open {
            return Err(Error::Limit(format!(
                "at most {} readers and writers at the same time",
                self.max_open
            )));
        }
        self.open += 1;
        Ok(())
    }
}

impl Host for CallState {
    async fn size(&mut self, blob: u32) -> wasmtime::Result<Result<f64, Error>> {
        self.counters.count(Capability::Blobs)?;
        Ok(self
            .blobs
            .get(blob)
            .map(|blob| blob.size as f64)
            .ok_or(Error::Unknown))
    }

    async fn open(&mut self, blob: u32) -> wasmtime::Result<Result<Resource<OpenReader>, Error>> {
        self.counters.count(Capability::Blobs)?;
        let Some(blob) = self.blobs.get(blob).cloned() else {
            return Ok(Err(Error::Unknown));
        };
        if let Err(error) = self.blobs.take_place() {
            return Ok(Err(error));
        }
        Ok(Ok(self.table.push(OpenReader { blob, offset: 0 })?))
    }

    async fn create(&mut self) -> wasmtime::Result<Result<Resource<OpenWriter>, Error>> {
        self.counters.count(Capability::Blobs)?;
        let store = match self
            .blobs
            .store()
            .and_then(|store| self.blobs.take_place().map(|()| store))
        {
            Ok(store) => store,
            Err(error) => return Ok(Err(error)),
        };
        match store.create().await {
            Ok(writer) => Ok(Ok(self.table.push(OpenWriter { writer })?)),
            Err(error) => {
                self.blobs.open -= 1;
                Ok(Err(error.into()))
            }
        }
    }

    async fn finish(&mut self, writer: Resource<OpenWriter>) -> wasmtime::Result<Result<u32, Error>> {
        self.counters.count(Capability::Blobs)?;
        let writer = self.table.delete(writer)?;
        self.blobs.open -= 1;
        match writer.writer.finish().await {
            Ok(blob) => {
                self.blobs.blobs.push(blob);
                Ok(Ok(self.blobs.blobs.len() as u32 - 1))
            }
            Err(error) => Ok(Err(error.into())),
        }
    }
}

impl HostReader for CallState {
    async fn read(
        &mut self,
        reader: Resource<OpenReader>,
        limit: u32,
    ) -> wasmtime::Result<Result<Vec<u8>, Error>> {
        self.counters.count_piece()?;
        let store = match self.blobs.store() {
            Ok(store) => store,
            Err(error) => return Ok(Err(error)),
        };
        let reader = self.table.get_mut(&reader)?;
        let limit = (limit as usize).min(MAX_PIECE);
        match store.read(&reader.blob.object, reader.offset, limit).await {
            Ok(mut piece) => {
                piece.truncate(limit);
                reader.offset += piece.len() as u64;
                Ok(Ok(piece.into()))
            }
            Err(error) => Ok(Err(error.into())),
        }
    }

    async fn drop(&mut self, reader: Resource<OpenReader>) -> wasmtime::Result<()> {
        self.table.delete(reader)?;
        self.blobs.open -= 1;
        Ok(())
    }
}

impl HostWriter for CallState {
    async fn write(
        &mut self,
        writer: Resource<OpenWriter>,
        bytes: Vec<u8>,
    ) -> wasmtime::Result<Result<(), Error>> {
        self.counters.count_piece()?;
        if bytes.len() > MAX_PIECE {
            return Ok(Err(Error::Limit(format!(
                "at most {MAX_PIECE} bytes in one piece"
            ))));
        }
        let Some(left) = self.blobs.bytes_left.checked_sub(bytes.len() as u64) else {
            return Ok(Err(Error::Limit("the call may not create more bytes".to_owned())));
        };
        self.blobs.bytes_left = left;
        let writer = self.table.get_mut(&writer)?;
        Ok(writer.writer.write(bytes.into()).await.map_err(Error::from))
    }

    async fn drop(&mut self, writer: Resource<OpenWriter>) -> wasmtime::Result<()> {
        self.table.delete(writer)?;
        self.blobs.open -= 1;
        Ok(())
    }
}

impl From<BlobError> for Error {
    fn from(error: BlobError) -> Self {
        Self::Unavailable(error.0)
    }
}
