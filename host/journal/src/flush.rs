use bytes::Bytes;
use monshyflow_ids::RunId;
use monshyflow_store::{ConflictKey, Error as StoreError, ObjectKey, Op};

use crate::appender::HeldRun;
use crate::journal::read_run;
use crate::live::RunNotice;
use crate::run_doc::{HISTORY, RUNS};
use crate::{Error, RunDoc, Status, batch};

/// How often a key that others hold is looked at.
const KEY_TRIES: usize = 5;

/// What is known of the stored run, and the write that is under way.
#[derive(Debug)]
pub(crate) struct Writing {
    /// Of the document; `None` if it is not stored.
    version: Option<u64>,
    next_batch: u64,
    /// What was handed to the store without a clear answer. Kept until it is certain, since its batch numbers are used.
    under_way: Option<Prepared>,
    announced: Status,
}

#[derive(Debug, Clone)]
struct Prepared {
    entries: Vec<Bytes>,
    doc: Option<RunDoc>,
    objects: Vec<ObjectKey>,
    /// It may have been done before, wholly or in part.
    again: bool,
}

impl Writing {
    pub(crate) fn new(version: Option<u64>, next_batch: u64, doc: &RunDoc) -> Self {
        Self {
            version,
            next_batch,
            under_way: None,
            announced: if version.is_some() {
                doc.status
            } else {
                Status::Queued
            },
        }
    }
}

impl HeldRun {
    pub(crate) async fn flush(&self) -> Result<(), Error> {
        let target = self.buffer().last_seq();
        let mut writing = self.writing.lock().await;
        loop {
            if writing.under_way.is_none() {
                writing.under_way = self.prepare()?;
            }
            let Some(prepared) = &mut writing.under_way else {
                return Ok(());
            };
            let attempt = prepared.clone();
            // Also if this future is dropped in the middle.
            prepared.again = true;
            match self.write(&mut writing, attempt).await {
                Ok(()) => writing.under_way = None,
                Err(error @ Error::Unavailable(_)) => return Err(error),
                Err(error) => {
                    writing.under_way = None;
                    self.buffer().broken = Some(error.clone());
                    return Err(error);
                }
            }
            if self.is_written_up_to(target) {
                return Ok(());
            }
        }
    }

    /// Takes what is buffered.
    fn prepare(&self) -> Result<Option<Prepared>, Error> {
        let mut buffer = self.buffer();
        if let Some(error) = &buffer.broken {
            return Err(error.clone());
        }
        if buffer.hidden || buffer.events.is_empty() && !buffer.doc_changed {
            return Ok(None);
        }
        let events = std::mem::take(&mut buffer.events);
        buffer.bytes = 0;
        let doc = std::mem::take(&mut buffer.doc_changed).then(|| buffer.doc.clone());
        let objects = std::mem::take(&mut buffer.unsynced);
        let entries = batch::join(buffer.doc.fence, &events);
        Ok(Some(Prepared {
            entries,
            doc,
            objects,
            again: false,
        }))
    }

    /// Nothing up to `target` waits any more, and no change of the document.
    fn is_written_up_to(&self, target: u64) -> bool {
        let buffer = self.buffer();
        buffer.last_seq() - buffer.events.len() as u64 >= target && !buffer.doc_changed
    }

    async fn write(&self, writing: &mut Writing, prepared: Prepared) -> Result<(), Error> {
        if !prepared.objects.is_empty() {
            self.journal.objects.sync(&prepared.objects).await?;
        }
        let entries = prepared.entries.len() as u64;
        if prepared.again {
            self.write_again(writing, &prepared).await?;
        } else {
            self.write_once(writing, &prepared).await?;
        }
        writing.next_batch += entries;
        if prepared.doc.is_some() {
            writing.version = Some(writing.version.map_or(1, |version| version + 1));
        }
        self.watched.changed();
        if let Some(doc) = &prepared.doc {
            self.announce(writing, doc);
        }
        Ok(())
    }

    /// In the usual case: all in one write.
    async fn write_once(&self, writing: &Writing, prepared: &Prepared) -> Result<(), Error> {
        let mut ops = self.appends(writing, prepared);
        if let Some(doc) = &prepared.doc {
            ops.push(self.doc_op(writing, doc)?);
        }
        match self.journal.store.write(ops.clone()).await {
            Ok(_) => Ok(()),
            Err(error) if is_key_taken(&error) => {
                let doc = prepared.doc.as_ref().ok_or(Error::LostLease)?;
                self.free_keys(doc).await?;
                // Whatever another back-end had done before the conflict is found to be done.
                self.write_again(writing, prepared).await
            }
            Err(error) => Err(error.into()),
        }
    }

    /// After an unclear answer: step by step, looking whether it was done already.
    async fn write_again(&self, writing: &Writing, prepared: &Prepared) -> Result<(), Error> {
        let store = &self.journal.store;
        let stream = self.id.to_string();
        for (index, bytes) in (writing.next_batch..).zip(&prepared.entries) {
            match store
                .append(&self.tenant, &HISTORY, &stream, index, bytes.clone())
                .await
            {
                Ok(()) => {}
                Err(StoreError::Conflict { .. }) => {
                    let there = store.read_log(&self.tenant, &HISTORY, &stream, index, 1).await?;
                    if there
                        .first()
                        .is_none_or(|entry| entry.index != index || entry.bytes != *bytes)
                    {
                        return Err(Error::LostLease);
                    }
                }
                Err(error) => return Err(error.into()),
            }
        }
        match &prepared.doc {
            Some(doc) => self.write_doc(writing, doc).await,
            None => Ok(()),
        }
    }

    async fn write_doc(&self, writing: &Writing, doc: &RunDoc) -> Result<(), Error> {
        for _ in 0..KEY_TRIES {
            match self.journal.store.write(vec![self.doc_op(writing, doc)?]).await {
                Ok(_) => return Ok(()),
                Err(error) if is_key_taken(&error) => {
                    if self.free_keys(doc).await? == Some(self.id) {
                        return Ok(());
                    }
                }
                Err(StoreError::Conflict { .. }) => {
                    return match self.journal.run_at_version(&self.tenant, self.id).await {
                        Ok((there, _)) if there == *doc => Ok(()),
                        Ok(_) | Err(Error::NotFound) => Err(Error::LostLease),
                        Err(error) => Err(error),
                    };
                }
                Err(error) => return Err(error.into()),
            }
        }
        Err(Error::Unavailable(
            "many runs at once want the same key".to_owned(),
        ))
    }

    fn appends(&self, writing: &Writing, prepared: &Prepared) -> Vec<Op> {
        let numbered = (writing.next_batch..).zip(&prepared.entries);
        let stream = self.id.to_string();
        numbered
            .map(|(index, bytes)| Op::append(&self.tenant, &HISTORY, stream.clone(), index, bytes.clone()))
            .collect()
    }

    fn doc_op(&self, writing: &Writing, doc: &RunDoc) -> Result<Op, Error> {
        let id = self.id.to_string();
        let op = match writing.version {
            None => Op::insert(&self.tenant, &RUNS, id, doc),
            Some(version) => Op::replace(&self.tenant, &RUNS, id, version, doc),
        };
        Ok(op?)
    }

    /// After a conflict over keys: frees what can be freed, and answers who had it. Fails with the run that has one rightly.
    async fn free_keys(&self, doc: &RunDoc) -> Result<Option<RunId>, Error> {
        if doc.idempotency_key.is_none() && doc.singleton_key.is_none() {
            return Err(Error::LostLease);
        }
        // Who asks with a known idempotency key gets the run that it began, whatever else is under way.
        let freed = self.free_old_key(doc).await?;
        if freed != Some(self.id)
            && let Some(key) = &doc.singleton_key
            && let Some(holder) = self
                .journal
                .holder_of(&self.tenant, 1, doc.workflow_id, key)
                .await?
        {
            let (existing, _) = read_run(&holder)?;
            return match existing == self.id {
                true => Ok(Some(existing)),
                false => Err(Error::Singleton { existing }),
            };
        }
        Ok(freed)
    }

    /// Takes the idempotency key from a run that is older than a day; fails with the run that has it if that is younger.
    /// Answers who had it.
    async fn free_old_key(&self, doc: &RunDoc) -> Result<Option<RunId>, Error> {
        let Some(key) = &doc.idempotency_key else {
            return Ok(None);
        };
        let holder = self
            .journal
            .holder_of(&self.tenant, 0, doc.workflow_id, key)
            .await?;
        let Some(holder) = holder else { return Ok(None) };
        let (existing, mut old) = read_run(&holder)?;
        if existing == self.id {
            return Ok(Some(existing));
        }
        if !self.journal.key_is_old(&old) {
            return Err(Error::Duplicate { existing });
        }
        old.idempotency_key = None;
        match self
            .journal
            .store
            .replace_if(&self.tenant, &RUNS, &holder.id, holder.version, &old)
            .await
        {
            // Somebody else changed it meanwhile; the caller looks again.
            Ok(_) | Err(StoreError::Conflict { .. }) => Ok(Some(existing)),
            Err(error) => Err(error.into()),
        }
    }

    fn announce(&self, writing: &mut Writing, doc: &RunDoc) {
        let tell = |status| {
            let notice = RunNotice {
                run: self.id,
                workflow_id: doc.workflow_id,
                status,
            };
            self.journal.live.announce(&self.tenant, notice);
        };
        if writing.announced == Status::Queued && doc.started_at.is_some() {
            tell(Status::Running);
        }
        if doc.status.is_terminal() && !writing.announced.is_terminal() {
            tell(doc.status);
        }
        writing.announced = doc.status;
    }
}

fn is_key_taken(error: &StoreError) -> bool {
    matches!(
        error,
        StoreError::Conflict {
            key: ConflictKey::Unique(_),
            ..
        }
    )
}
