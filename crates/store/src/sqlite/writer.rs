use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::mpsc::{Receiver, Sender, channel};
use std::thread;
use std::time::{Duration, Instant};

use rusqlite::Connection;
use tokio::sync::{OwnedSemaphorePermit, Semaphore, oneshot};

use super::{apply, fault};
use crate::store::Options;
use crate::{Error, Op, Written};

/// Most operations of one group, which bounds how long the first of them waits.
const GROUP_OPS: usize = 1_024;
/// Most bytes of one group, beyond its last member.
const GROUP_BYTES: usize = 8 << 20;
/// A group waits for the writers that were just answered, for this part of the time that the last commit took.
const REGATHER: u32 = 8;

type Answer = Result<Vec<Written>, Error>;

/// The handle to the thread that owns the only connection that writes.
#[derive(Debug, Clone)]
pub(super) struct Writer {
    queue: Sender<Message>,
    /// Submissions in the queue.
    waiting: Arc<AtomicUsize>,
    /// What bounds the queue: in KiB, one at least for each submission.
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
        let (queue, inbox) = channel();
        let waiting = Arc::new(AtomicUsize::new(0));
        let thread = WriterThread {
            connection,
            inbox,
            waiting: waiting.clone(),
        };
        thread::Builder::new()
            .name("store-writer".to_owned())
            .spawn(move || thread.run())?;
        let budget_kib = u32::try_from(options.queue_bytes / 1_024)
            .unwrap_or(u32::MAX)
            .clamp(1, 1 << 28);
        Ok(Self {
            queue,
            waiting,
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
        self.waiting.fetch_add(1, Ordering::Relaxed);
        self.queue
            .send(Message::Write(submission))
            .map_err(|_| closed())?;
        answered.await.map_err(|_| closed())?
    }

    /// Returns when everything that was accepted is answered and the connection is closed.
    pub(super) async fn close(&self) {
        let (done, closed) = oneshot::channel();
        if self.queue.send(Message::Close(done)).is_ok() {
            closed.await.ok();
        }
    }
}

struct WriterThread {
    connection: Connection,
    inbox: Receiver<Message>,
    waiting: Arc<AtomicUsize>,
}

#[derive(Default)]
struct Group {
    members: Vec<Submission>,
    ops: usize,
    bytes: usize,
}

impl Group {
    fn has_room(&self) -> bool {
        self.ops < GROUP_OPS && self.bytes < GROUP_BYTES
    }
}

impl WriterThread {
    /// Ends when the last handle is gone or one asked to close, and nothing waits any more.
    fn run(self) {
        let mut closing = Vec::new();
        let (mut expected, mut patience) = (0, Duration::ZERO);
        while closing.is_empty() {
            let Ok(first) = self.inbox.recv() else { break };
            let mut group = Group::default();
            self.take(first, &mut group, &mut closing);
            self.gather(&mut group, &mut closing, expected, patience);
            let start = Instant::now();
            let size = group.members.len();
            commit(&self.connection, group.members);
            patience = start.elapsed() / REGATHER;
            // Those who were just answered tend to come back at once. Without waiting for them, they and those who wait
            // already would make two groups that take turns, each waiting for the commits of both.
            expected = size + self.waiting.load(Ordering::Relaxed);
        }
        while let Ok(message) = self.inbox.try_recv() {
            let mut group = Group::default();
            self.take(message, &mut group, &mut closing);
            self.gather(&mut group, &mut closing, 0, Duration::ZERO);
            commit(&self.connection, group.members);
        }
        if let Err((_, error)) = self.connection.close() {
            tracing::warn!(%error, "closing the database failed");
        }
        for done in closing {
            done.send(()).ok();
        }
    }

    /// Adds what waits, and if that is less than `expected`, what comes until `patience` ends.
    fn gather(
        &self,
        group: &mut Group,
        closing: &mut Vec<oneshot::Sender<()>>,
        expected: usize,
        patience: Duration,
    ) {
        let deadline = Instant::now() + patience;
        while group.has_room() {
            let next = match self.inbox.try_recv() {
                Ok(message) => Ok(message),
                Err(_) if group.members.len() >= expected || !closing.is_empty() => break,
                Err(_) => self
                    .inbox
                    .recv_timeout(deadline.saturating_duration_since(Instant::now())),
            };
            let Ok(message) = next else { break };
            self.take(message, group, closing);
        }
    }

    fn take(&self, message: Message, group: &mut Group, closing: &mut Vec<oneshot::Sender<()>>) {
        match message {
            Message::Write(submission) => {
                self.waiting.fetch_sub(1, Ordering::Relaxed);
                group.ops += submission.ops.len();
                group.bytes += submission.bytes;
                group.members.push(submission);
            }
            Message::Close(done) => closing.push(done),
        }
    }
}

/// Writes a group and answers each of its members once all of it is durable. If that cannot be, its halves are tried, so
/// that a write for which the disk has no room does not fail its neighbours.
fn commit(connection: &Connection, mut group: Vec<Submission>) {
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
            if !connection.is_autocommit()
                && let Err(error) = connection.execute_batch("ROLLBACK")
            {
                tracing::error!(%error, "rolling back failed");
            }
            if group.len() > 1 {
                let rest = group.split_off(group.len() / 2);
                commit(connection, group);
                commit(connection, rest);
            } else if let Some(submission) = group.pop() {
                tracing::error!(%error, "a write failed");
                submission.answer.send(Err(error)).ok();
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
