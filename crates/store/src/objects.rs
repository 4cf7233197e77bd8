use std::collections::BTreeSet;
use std::fs::File;
use std::ops::Range;
use std::path::{Path as FilePath, PathBuf};
use std::sync::Arc;

use bytes::Bytes;
use futures::{Stream, StreamExt, TryStreamExt};
use object_store::local::LocalFileSystem;
use object_store::{ObjectStore, ObjectStoreExt, PutPayload, WriteMultipart};

use crate::{Error, ObjectError, ObjectKey};

/// Most bytes that `get` reads into memory.
const MOST_AT_ONCE: u64 = 256 << 20;
/// Bytes of one part of a streamed object.
const PART: usize = 5 << 20;

/// When a stored object must survive a power cut.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Durable {
    /// Before the call answers.
    Now,
    /// Once `Objects::sync` was called for it; until then it survives the process only.
    AtSync,
}

/// The store of bytes. Cheap to clone. An object appears whole or not at all and is not changed after.
#[derive(Debug, Clone)]
pub struct Objects {
    backend: Backend,
}

#[derive(Debug, Clone)]
enum Backend {
    Folder(Arc<Folder>),
}

/// `durable` and `quick` are the same folder, with and without fsync.
#[derive(Debug)]
struct Folder {
    root: PathBuf,
    durable: LocalFileSystem,
    quick: LocalFileSystem,
}

impl Objects {
    /// Opens a local folder, made if it is missing.
    pub fn open_folder(path: &FilePath) -> Result<Self, Error> {
        let unavailable =
            |error: &dyn std::fmt::Display| Error::Unavailable(format!("{}: {error}", path.display()));
        std::fs::create_dir_all(path).map_err(|error| unavailable(&error))?;
        let root = path.canonicalize().map_err(|error| unavailable(&error))?;
        let quick = LocalFileSystem::new_with_prefix(&root).map_err(|error| unavailable(&error))?;
        let durable = LocalFileSystem::new_with_prefix(&root)
            .map_err(|error| unavailable(&error))?
            .with_fsync(true);
        let quick = quick.with_automatic_cleanup(true);
        Ok(Self {
            backend: Backend::Folder(Arc::new(Folder { root, durable, quick })),
        })
    }

    pub async fn put(&self, key: &ObjectKey, bytes: Bytes, durable: Durable) -> Result<(), ObjectError> {
        let put = self
            .writer(durable)
            .put(&key.path(), PutPayload::from(bytes))
            .await;
        put.map_err(|error| fault(key, error))?;
        self.made(key, durable).await
    }

    /// Stores what the stream gives, and answers how many bytes that were. An error in the stream stores nothing.
    pub async fn put_stream<E: std::fmt::Display>(
        &self,
        key: &ObjectKey,
        stream: impl Stream<Item = Result<Bytes, E>>,
        durable: Durable,
    ) -> Result<u64, ObjectError> {
        let upload = self
            .writer(durable)
            .put_multipart(&key.path())
            .await
            .map_err(|error| fault(key, error))?;
        let mut upload = WriteMultipart::new_with_chunk_size(upload, PART);
        let mut stream = std::pin::pin!(stream);
        let mut size = 0;
        while let Some(part) = stream.next().await {
            let bytes = match part {
                Ok(bytes) => bytes,
                Err(error) => {
                    upload.abort().await.map_err(|error| fault(key, error))?;
                    return Err(ObjectError::Source(error.to_string()));
                }
            };
            upload
                .wait_for_capacity(2)
                .await
                .map_err(|error| fault(key, error))?;
            size += bytes.len() as u64;
            upload.put(bytes);
        }
        upload.finish().await.map_err(|error| fault(key, error))?;
        self.made(key, durable).await?;
        Ok(size)
    }

    /// The whole object, if it has no more than 256 MiB.
    pub async fn get(&self, key: &ObjectKey) -> Result<Bytes, ObjectError> {
        let found = self
            .reader()
            .get(&key.path())
            .await
            .map_err(|error| fault(key, error))?;
        if found.meta.size > MOST_AT_ONCE {
            return Err(ObjectError::TooLarge {
                size: found.meta.size,
                limit: MOST_AT_ONCE,
            });
        }
        found.bytes().await.map_err(|error| fault(key, error))
    }

    /// Bytes of the object from `range.start` until before `range.end` or its end.
    pub async fn get_range(&self, key: &ObjectKey, range: Range<u64>) -> Result<Bytes, ObjectError> {
        let size = self.size(key).await?;
        let range = range.start..range.end.min(size);
        if range.start >= range.end {
            return Ok(Bytes::new());
        }
        if range.end - range.start > MOST_AT_ONCE {
            return Err(ObjectError::TooLarge {
                size: range.end - range.start,
                limit: MOST_AT_ONCE,
            });
        }
        self.reader()
            .get_range(&key.path(), range)
            .await
            .map_err(|error| fault(key, error))
    }

    /// The object's bytes piece by piece.
    pub async fn get_stream(
        &self,
        key: &ObjectKey,
    ) -> Result<impl Stream<Item = Result<Bytes, ObjectError>> + Send + use<>, ObjectError> {
        let found = self
            .reader()
            .get(&key.path())
            .await
            .map_err(|error| fault(key, error))?;
        let key = key.clone();
        Ok(found.into_stream().map_err(move |error| fault(&key, error)))
    }

    /// Bytes of the object.
    pub async fn size(&self, key: &ObjectKey) -> Result<u64, ObjectError> {
        let found = self
            .reader()
            .head(&key.path())
            .await
            .map_err(|error| fault(key, error))?;
        Ok(found.size)
    }

    /// Makes objects that were put with `Durable::AtSync` durable: their files, then every folder above them.
    pub async fn sync(&self, keys: &[ObjectKey]) -> Result<(), ObjectError> {
        let Backend::Folder(folder) = &self.backend;
        let (root, mut files) = (folder.root.clone(), Vec::with_capacity(keys.len()));
        for key in keys {
            files.push(
                folder
                    .quick
                    .path_to_filesystem(&key.path())
                    .map_err(|error| fault(key, error))?,
            );
        }
        let done = tokio::task::spawn_blocking(move || {
            for file in &files {
                File::open(file)?.sync_all()?;
            }
            sync_folders(&root, &files)
        });
        match done.await {
            Ok(Ok(())) => Ok(()),
            Ok(Err(error)) => Err(ObjectError::Unavailable(error.into())),
            Err(error) => Err(ObjectError::Unavailable(error.into())),
        }
    }

    /// Deletes an object, if there is one.
    pub async fn delete(&self, key: &ObjectKey) -> Result<(), ObjectError> {
        match self.reader().delete(&key.path()).await {
            Ok(()) | Err(object_store::Error::NotFound { .. }) => Ok(()),
            Err(error) => Err(fault(key, error)),
        }
    }

    /// Deletes everything below a key such as `ObjectKey::run`. Answers how many objects that were.
    pub async fn delete_prefix(&self, prefix: &ObjectKey) -> Result<usize, ObjectError> {
        let found: Vec<_> = self
            .reader()
            .list(Some(&prefix.path()))
            .map_ok(|meta| meta.location)
            .collect()
            .await;
        let mut deleted = 0;
        for location in found {
            let location = location.map_err(|error| fault(prefix, error))?;
            match self.reader().delete(&location).await {
                Ok(()) => deleted += 1,
                Err(object_store::Error::NotFound { .. }) => {}
                Err(error) => return Err(fault(prefix, error)),
            }
        }
        Ok(deleted)
    }

    fn writer(&self, durable: Durable) -> &LocalFileSystem {
        let Backend::Folder(folder) = &self.backend;
        match durable {
            Durable::Now => &folder.durable,
            Durable::AtSync => &folder.quick,
        }
    }

    fn reader(&self) -> &LocalFileSystem {
        let Backend::Folder(folder) = &self.backend;
        &folder.quick
    }

    /// object_store syncs the file before it gives it its name, the folder that it is in, and folders that it had to make;
    /// but a folder on the way may have been made by a put that was not to be durable.
    async fn made(&self, key: &ObjectKey, durable: Durable) -> Result<(), ObjectError> {
        if durable == Durable::AtSync {
            return Ok(());
        }
        let Backend::Folder(folder) = &self.backend;
        let file = folder
            .quick
            .path_to_filesystem(&key.path())
            .map_err(|error| fault(key, error))?;
        let root = folder.root.clone();
        match tokio::task::spawn_blocking(move || sync_folders(&root, &[file])).await {
            Ok(Ok(())) => Ok(()),
            Ok(Err(error)) => Err(ObjectError::Unavailable(error.into())),
            Err(error) => Err(ObjectError::Unavailable(error.into())),
        }
    }
}

/// Syncs each folder from those of `files` up to `root`, once.
fn sync_folders(root: &FilePath, files: &[PathBuf]) -> std::io::Result<()> {
    let above = |file: &PathBuf| {
        let folders = file
            .ancestors()
            .skip(1)
            .take_while(|folder| folder.starts_with(root));
        folders.map(FilePath::to_owned).collect::<Vec<_>>()
    };
    let folders: BTreeSet<PathBuf> = files.iter().flat_map(above).collect();
    // Deepest first, so that nothing is reachable before it is complete.
    for folder in folders.iter().rev() {
        File::open(folder)?.sync_all()?;
    }
    Ok(())
}

fn fault(key: &ObjectKey, error: object_store::Error) -> ObjectError {
    match error {
        object_store::Error::NotFound { .. } => ObjectError::NotFound(key.to_string()),
        other => ObjectError::Unavailable(Box::new(other)),
    }
}
