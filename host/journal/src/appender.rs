use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use monshyflow_engine::Event;
use monshyflow_ids::{RunId, TenantId};
use monshyflow_store::ObjectKey;
use monshyflow_workflow::Workflow;
use tokio::sync::Notify;

use crate::batch::LARGEST_EVENT;
use crate::event_text::is_terminal;
use crate::flush::Writing;
use crate::live::Watched;
use crate::run_doc::RunError;
use crate::{Error, Journal, RunDoc, Status, encode};

/// How long events wait for more of them.
const WAIT: Duration = Duration::from_millis(50);
/// Buffered bytes that end the wait.
const ENOUGH: usize = 256 << 10;
/// Buffered bytes at which `room` waits.
const TOO_MUCH: usize = 4 << 20;

/// Writes the history of one run that this worker holds. Cheap to clone; all clones write the same history.
///
/// End with `finish` or `release`. What was recorded and not flushed when the last clone goes is lost, as in a crash.
#[derive(Debug, Clone)]
pub struct Appender {
    pub(crate) held: Arc<HeldRun>,
}

#[derive(Debug)]
pub(crate) struct HeldRun {
    pub(crate) journal: Journal,
    pub(crate) tenant: TenantId,
    pub(crate) id: RunId,
    pub(crate) workflow: Arc<Workflow>,
    buffer: Mutex<Buffer>,
    /// Held while a write is under way, so that there is one at a time.
    pub(crate) writing: tokio::sync::Mutex<Writing>,
    hurry: Arc<Notify>,
    pub(crate) watched: Watched,
}

/// What is recorded and not yet handed to the store.
#[derive(Debug)]
pub(crate) struct Buffer {
    next_seq: u64,
    pub(crate) events: Vec<String>,
    pub(crate) bytes: usize,
    /// Objects that events name and that are not durable yet.
    pub(crate) unsynced: Vec<ObjectKey>,
    /// The run's document as it is to be after the buffered events.
    pub(crate) doc: RunDoc,
    pub(crate) doc_changed: bool,
    /// Nothing is to be written yet: see `Journal::begin_copy`.
    pub(crate) hidden: bool,
    /// A background flush is on its way.
    scheduled: bool,
    ended: bool,
    /// Why nothing can be written any more.
    pub(crate) broken: Option<Error>,
}

/// Where an appender begins.
#[derive(Debug)]
pub(crate) struct Start {
    pub(crate) doc: RunDoc,
    /// The document as stored differs, or there is none.
    pub(crate) doc_changed: bool,
    pub(crate) version: Option<u64>,
    pub(crate) next_seq: u64,
    pub(crate) next_batch: u64,
    pub(crate) ended: bool,
    pub(crate) hidden: bool,
}

impl Start {
    /// With nothing.
    pub(crate) fn new(doc: RunDoc) -> Self {
        Self {
            doc,
            doc_changed: true,
            version: None,
            next_seq: 1,
            next_batch: 0,
            ended: false,
            hidden: false,
        }
    }
}

impl Appender {
    pub(crate) fn new(
        journal: &Journal,
        tenant: &TenantId,
        id: RunId,
        workflow: Arc<Workflow>,
        start: Start,
    ) -> Self {
        let writing = Writing::new(start.version, start.next_batch, &start.doc);
        let buffer = Buffer {
            next_seq: start.next_seq,
            events: Vec::new(),
            bytes: 0,
            unsynced: Vec::new(),
            doc: start.doc,
            doc_changed: start.doc_changed,
            hidden: start.hidden,
            scheduled: false,
            ended: start.ended,
            broken: None,
        };
        let held = HeldRun {
            journal: journal.clone(),
            tenant: tenant.clone(),
            id,
            workflow,
            buffer: Mutex::new(buffer),
            writing: tokio::sync::Mutex::new(writing),
            hurry: Arc::new(Notify::new()),
            watched: journal.live.watch(tenant, id),
        };
        Self { held: Arc::new(held) }
    }

    pub fn run_id(&self) -> RunId {
        self.held.id
    }

    pub fn tenant(&self) -> &TenantId {
        &self.held.tenant
    }

    /// The run's document as it is to be after what was recorded.
    pub fn doc(&self) -> RunDoc {
        self.held.buffer().doc.clone()
    }

    /// Adds an event to the history and answers its sequence number. It is durable after a later `flush`, and written in
    /// the background soon. Needs a tokio runtime for that.
    pub fn record(&self, event: &Event) -> Result<u64, Error> {
        let mut buffer = self.held.buffer();
        buffer.check()?;
        let (seq, now) = (buffer.next_seq, self.held.journal.now());
        let text = encode::event(&self.held.workflow, event, seq, now)?;
        if text.len() > LARGEST_EVENT {
            return Err(Error::TooLarge {
                size: text.len(),
                limit: LARGEST_EVENT,
            });
        }
        buffer.next_seq += 1;
        buffer.bytes += text.len();
        buffer.events.push(text);
        match event {
            Event::RunStarted => {
                buffer.doc.start(now);
                buffer.doc_changed = true;
            }
            _ if is_terminal(event.kind()) => {
                let (status, error) = ending(&self.held.workflow, event);
                buffer.doc.end(status, error, now);
                if let Event::RunCancelled { reason } = event {
                    buffer.doc.cancel(Some(*reason));
                }
                buffer.doc_changed = true;
                buffer.ended = true;
            }
            _ => {}
        }
        self.schedule(&mut buffer);
        Ok(seq)
    }

    /// Waits until not too much is buffered. Call it now and then when recording fast.
    pub async fn room(&self) -> Result<(), Error> {
        if self.held.buffer().bytes >= TOO_MUCH {
            self.flush().await
        } else {
            Ok(())
        }
    }

    /// Everything recorded before this call is durable when it answers.
    ///
    /// After `Unavailable` nothing is lost: call again to try again. After other errors the run must be let go.
    pub async fn flush(&self) -> Result<(), Error> {
        self.held.flush().await
    }

    /// The run exists from now on, with all that was recorded.
    pub async fn accept(&self) -> Result<(), Error> {
        self.held.buffer().hidden = false;
        self.flush().await
    }

    /// After the terminal event was recorded: makes everything durable and answers the run's final document.
    pub async fn finish(&self) -> Result<RunDoc, Error> {
        self.held.flush().await?;
        let buffer = self.held.buffer();
        if buffer.ended {
            Ok(buffer.doc.clone())
        } else {
            Err(Error::Misuse("finishing a run that has not ended"))
        }
    }

    /// Holds the run for another lease.
    pub async fn renew(&self) -> Result<(), Error> {
        {
            let mut buffer = self.held.buffer();
            if buffer.doc.lease_until.is_none() {
                return Ok(());
            }
            buffer.doc.lease_until = Some(self.held.journal.lease_until());
            buffer.doc_changed = true;
        }
        self.flush().await
    }

    /// Makes everything durable and lets another worker go on with the run. Nothing can be recorded after.
    pub async fn release(&self) -> Result<(), Error> {
        {
            let mut buffer = self.held.buffer();
            if buffer.doc.lease_until.is_some() {
                buffer.doc.lease_owner = None;
                buffer.doc.lease_until = Some(0);
                buffer.doc_changed = true;
            }
            buffer.ended = true;
        }
        self.flush().await
    }

    /// Makes everything durable and lets go of the run until `wake_at`, or until somebody takes it over before. Nothing can be
    /// recorded after.
    pub async fn wait(&self, wake_at: Option<u64>) -> Result<(), Error> {
        {
            let mut buffer = self.held.buffer();
            buffer.doc.wait(wake_at);
            buffer.doc_changed = true;
            buffer.ended = true;
        }
        self.flush().await
    }

    /// Makes `object` durable before any event that is recorded from now on. For objects put with `Durable::AtSync`.
    pub fn sync_with_next_flush(&self, object: ObjectKey) {
        self.held.buffer().unsynced.push(object);
    }

    fn schedule(&self, buffer: &mut Buffer) {
        if buffer.bytes >= ENOUGH {
            self.held.hurry.notify_one();
        }
        let Ok(runtime) = tokio::runtime::Handle::try_current() else {
            return;
        };
        if std::mem::replace(&mut buffer.scheduled, true) {
            return;
        }
        let (held, hurry) = (Arc::downgrade(&self.held), self.held.hurry.clone());
        runtime.spawn(async move {
            tokio::time::timeout(WAIT, hurry.notified()).await.ok();
            let Some(held) = held.upgrade() else { return };
            held.buffer().scheduled = false;
            if let Err(error) = held.flush().await {
                // Whoever records or flushes next gets it too.
                tracing::debug!(run = %held.id, %error, "a background flush failed");
            }
        });
    }
}

impl HeldRun {
    pub(crate) fn buffer(&self) -> MutexGuard<'_, Buffer> {
        self.buffer.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Buffer {
    fn check(&self) -> Result<(), Error> {
        match &self.broken {
            Some(error) => Err(error.clone()),
            None if self.ended => Err(Error::Misuse("an event after the end")),
            None => Ok(()),
        }
    }

    pub(crate) fn last_seq(&self) -> u64 {
        self.next_seq - 1
    }
}

fn ending(workflow: &Workflow, event: &Event) -> (Status, Option<RunError>) {
    match event {
        Event::RunFailed { node, error } => {
            let node = node
                .and_then(|node| workflow.nodes.get(node.0 as usize))
                .map(|node| node.id.clone());
            (Status::Failed, Some(RunError::new(error, node)))
        }
        Event::RunCancelled { .. } => (Status::Cancelled, None),
        Event::RunTimedOut => (Status::TimedOut, None),
        _ => (Status::Succeeded, None),
    }
}
