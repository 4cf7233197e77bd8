use std::sync::Arc;
use std::thread;

use rusqlite::Connection;
use tokio::sync::{OwnedSemaphorePermit, Semaphore, mpsc, oneshot};

use super::{apply, fault};
use crate::store::Options;
use crate::{Error, Op, Written};

/// Submissions that may wait beside the bound by bytes.
const QUEUE: usize = 4_096;
/// Most operations of one group, which bounds how long the first of them waits.
const GROUP_OPS: usize = 1_024;
/// Most bytes of one group, beyond its last member.
const GROUP_BYTES: usize = 8 << 20;

type Answer = Result<Vec<Written>, Error>;

/// The handle to the thread that owns the only connection that writes.
#[derive(Debug, Clone)]
pub(super) struct Writer {
    queue: mpsc::Sender<Message>,
    /// In KiB, so that the count fits a semaphore.
    budget: Arc<Semaphore>,
    budget_kib: u32,
}

enum Message {
    Write(Submission),
    Close(oneshot::Sender<()>),
}

struct Submission {
    ops: Vec<Op>,
    bytes: usize,
    answer: oneshot::Sender<Answer>,
    /// Returned when the submission is dropped, that is, answered.
    _budget: OwnedSemaphorePermit,
}

impl Writer {
    pub(super) fn start(connection: Connection, options: &Options) -> std::io::Result<Self> {
        let (queue, inbox) = mpsc::channel(QUEUE);
        thread::Builder::new()
            .name("store-writer".to_owned())
            .spawn(move || run(connection, inbox))?;
        let budget_kib = u32::try_from(options.queue_bytes / 1_024)
            .unwrap_or(u32::MAX)
            .clamp(1, 1 << 28);
        Ok(Self {
            queue,
            budget: Arc::new(Semaphore::new(budget_kib as usize)),
            budget_kib,
        })
    }

    pub(super) async fn write(&self, ops: Vec<Op>) -> Answer {
        let bytes: usize = ops.iter().map(Op::size).sum();
        // What is larger than the whole budget takes all of it.
        let share = u32::try_from(bytes / 1_024 + 1)
            .unwrap_or(u32::MAX)
            .min(self.budget_kib);
        let budget = self
            .budget
            .clone()
            .acquire_many_owned(share)
            .await
            .map_err(|_| closed())?;
        let (answer, answered) = oneshot::channel();
        let submission = Submission {
            ops,
            bytes,
            answer,
            _budget: budget,
        };
        self.queue
            .send(Message::Write(submission))
            .await
            .map_err(|_| closed())?;
        answered.await.map_err(|_| closed())?
    }

    /// Returns when everything that was accepted is answered and the connection is closed.
    pub(super) async fn close(&self) {
        let (done, closed) = oneshot::channel();
        if self.queue.send(Message::Close(done)).await.is_ok() {
            closed.await.ok();
        }
    }
}

/// Ends when the last handle is gone or one asked to close, and nothing waits any more.
fn run(connection: Connection, mut inbox: mpsc::Receiver<Message>) {
    let mut closing = Vec::new();
    while let Some(first) = inbox.blocking_recv() {
        let mut group = Vec::new();
        let (mut ops, mut bytes) = (0, 0);
        let mut next = Some(first);
        while let Some(message) = next {
            match message {
                Message::Write(submission) => {
                    ops += submission.ops.len();
                    bytes += submission.bytes;
                    group.push(submission);
                }
                Message::Close(done) => {
                    inbox.close();
                    closing.push(done);
                }
            }
            next = if ops < GROUP_OPS && bytes < GROUP_BYTES {
                inbox.try_recv().ok()
            } else {
                None
            };
        }
        commit(&connection, group);
    }
    if let Err((_, error)) = connection.close() {
        tracing::warn!(%error, "closing the database failed");
    }
    for done in closing {
        done.send(()).ok();
    }
}

/// Writes a group and answers each of its members once all of it is durable.
fn commit(connection: &Connection, group: Vec<Submission>) {
    if group.is_empty() {
        return;
    }
    match write_group(connection, &group) {
        Ok(answers) => {
            for (submission, answer) in group.into_iter().zip(answers) {
                submission.answer.send(answer).ok();
            }
        }
        Err(error) => {
            tracing::error!(%error, writes = group.len(), "a group of writes failed");
            if !connection.is_autocommit()
                && let Err(error) = connection.execute_batch("ROLLBACK")
            {
                tracing::error!(%error, "rolling back failed");
            }
            for submission in group {
                submission.answer.send(Err(error.clone())).ok();
            }
        }
    }
}

/// `Err` if none of the group was done.
fn write_group(connection: &Connection, group: &[Submission]) -> Result<Vec<Answer>, Error> {
    execute(connection, "BEGIN IMMEDIATE")?;
    let mut answers = Vec::with_capacity(group.len());
    for submission in group {
        answers.push(write_one(connection, &submission.ops)?);
    }
    execute(connection, "COMMIT")?;
    Ok(answers)
}

/// One submission, wholly or not at all, without harm to its neighbours. The outer `Err` ends the group.
fn write_one(connection: &Connection, ops: &[Op]) -> Result<Answer, Error> {
    // SQLite undoes a single failed statement by itself.
    let alone = ops.len() == 1;
    if !alone {
        execute(connection, "SAVEPOINT one")?;
    }
    let answer: Answer = ops.iter().map(|op| apply::apply(connection, op)).collect();
    match &answer {
        Err(error @ Error::Unavailable(_)) => return Err(error.clone()),
        // Disk errors can make SQLite give up the whole transaction.
        Err(error) if connection.is_autocommit() => return Err(error.clone()),
        Err(_) if !alone => execute(connection, "ROLLBACK TO one")?,
        Err(_) | Ok(_) => {}
    }
    if !alone {
        execute(connection, "RELEASE one")?;
    }
    Ok(answer)
}

fn execute(connection: &Connection, text: &str) -> Result<(), Error> {
    let done = connection
        .prepare_cached(text)
        .and_then(|mut statement| statement.execute([]));
    done.map(drop).map_err(fault::error)
}

fn closed() -> Error {
    Error::Unavailable("it was closed".to_owned())
}
