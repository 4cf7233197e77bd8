use bytes::{Bytes, BytesMut};
use futures::FutureExt;
use futures::future::BoxFuture;
use monshyflow_capabilities::blobs::{BlobError, BlobStore, BlobWriter, StoredBlob};
use monshyflow_clock::random;
use monshyflow_ids::{RunId, TenantId};
use monshyflow_store::{Durable, ObjectKey, Objects};
use tokio::sync::mpsc;
use tokio::task::JoinHandle;

/// Binary data of one run. A key that a guest's handle stands for was made here or came out of the run's own history, and is
/// checked against the tenant again when it is read.
#[derive(Debug, Clone)]
pub(crate) struct RunBlobs {
    pub(crate) objects: Objects,
    pub(crate) tenant: TenantId,
    pub(crate) run: RunId,
}

impl BlobStore for RunBlobs {
    fn read<'a>(
        &'a self,
        object: &'a str,
        offset: u64,
        limit: usize,
    ) -> BoxFuture<'a, Result<Bytes, BlobError>> {
        async move {
            let key = ObjectKey::of_tenant(&self.tenant, object).map_err(fault)?;
            self.objects
                .get_range(&key, offset..offset + limit as u64)
                .await
                .map_err(fault)
        }
        .boxed()
    }

    fn create(&self) -> BoxFuture<'_, Result<Box<dyn BlobWriter>, BlobError>> {
        let writer = Writer::start(self);
        async move { Ok(Box::new(writer) as Box<dyn BlobWriter>) }.boxed()
    }
}

/// Pieces go through a short channel to a task that streams them to the object store. A writer that is dropped closes the
/// channel without the end mark, and nothing is stored.
struct Writer {
    pieces: mpsc::Sender<Result<Bytes, Unfinished>>,
    stored: JoinHandle<Result<StoredBlob, BlobError>>,
    finished: bool,
    /// Small writes are joined, so that a guest that writes byte by byte costs one message per 64 KiB.
    buffer: BytesMut,
}

#[derive(Debug, thiserror::Error)]
#[error("the node did not finish the blob")]
struct Unfinished;

const PIECE: usize = 64 << 10;

impl Writer {
    fn start(blobs: &RunBlobs) -> Self {
        let (pieces, receiver) = mpsc::channel(4);
        let key = ObjectKey::run_blob(&blobs.tenant, blobs.run, random());
        let objects = blobs.objects.clone();
        let stored = tokio::spawn(async move {
            let stream = futures::stream::unfold(receiver, |mut receiver| async {
                receiver.recv().await.map(|piece| (piece, receiver))
            });
            let size = objects
                .put_stream(&key, stream, Durable::Now)
                .await
                .map_err(fault)?;
            Ok(StoredBlob {
                object: key.as_str().into(),
                size,
            })
        });
        Self {
            pieces,
            stored,
            finished: false,
            buffer: BytesMut::new(),
        }
    }

    async fn send(&mut self) -> Result<(), BlobError> {
        let piece = self.buffer.split().freeze();
        self.pieces
            .send(Ok(piece))
            .await
            .map_err(|_| BlobError("the object store gave up".to_owned()))
    }
}

impl BlobWriter for Writer {
    fn write(&mut self, piece: Bytes) -> BoxFuture<'_, Result<(), BlobError>> {
        async move {
            self.buffer.extend_from_slice(&piece);
            if self.buffer.len() >= PIECE {
                self.send().await
            } else {
                Ok(())
            }
        }
        .boxed()
    }

    fn finish(mut self: Box<Self>) -> BoxFuture<'static, Result<StoredBlob, BlobError>> {
        async move {
            if !self.buffer.is_empty() {
                self.send().await?;
            }
            self.finished = true;
            let (closed, _) = mpsc::channel(1);
            self.pieces = closed;
            (&mut self.stored).await.map_err(fault)?
        }
        .boxed()
    }
}

impl Drop for Writer {
    fn drop(&mut self) {
        if !self.finished {
            // A closed channel would look like the end of the blob; an aborted upload leaves nothing.
            self.stored.abort();
        }
    }
}

fn fault(error: impl std::fmt::Display) -> BlobError {
    BlobError(error.to_string())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn blobs(folder: &std::path::Path) -> RunBlobs {
        let objects = Objects::open_folder(folder).unwrap();
        RunBlobs {
            objects,
            tenant: "a".parse().unwrap(),
            run: RunId::at(1, [1; 10]),
        }
    }

    #[tokio::test]
    async fn what_was_written_can_be_read_in_pieces() {
        let folder = tempfile::tempdir().unwrap();
        let blobs = blobs(folder.path());
        let mut writer = blobs.create().await.unwrap();
        for _ in 0..1_000 {
            writer.write(Bytes::from_static(&[7; 300])).await.unwrap();
        }
        let stored = writer.finish().await.unwrap();
        assert_eq!(stored.size, 300_000);
        assert_eq!(
            blobs.read(&stored.object, 299_999, 100).await.unwrap(),
            Bytes::from_static(&[7])
        );
        assert!(blobs.read(&stored.object, 300_000, 100).await.unwrap().is_empty());
    }

    #[tokio::test]
    async fn another_tenants_key_is_refused() {
        let folder = tempfile::tempdir().unwrap();
        let mine = blobs(folder.path());
        let writer = mine.create().await.unwrap();
        let stored = writer.finish().await.unwrap();
        let theirs = RunBlobs {
            tenant: "b".parse().unwrap(),
            ..mine
        };
        assert!(theirs.read(&stored.object, 0, 1).await.is_err());
    }

    #[tokio::test]
    async fn a_dropped_writer_leaves_nothing() {
        let folder = tempfile::tempdir().unwrap();
        let blobs = blobs(folder.path());
        let mut writer = blobs.create().await.unwrap();
        writer.write(Bytes::from(vec![1; PIECE])).await.unwrap();
        drop(writer);
        tokio::time::sleep(std::time::Duration::from_millis(100)).await;
        let run = ObjectKey::run(&blobs.tenant, blobs.run);
        assert_eq!(blobs.objects.delete_prefix(&run).await.unwrap(), 0);
    }
}
