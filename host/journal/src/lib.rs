//! The only writer of run history: events in a log per run, a document per run for lists and leases, and reading both.
//!
//! ```text
//! Journal::new(store, objects, clock, worker)        store opened with Journal::COLLECTIONS and Journal::LOGS
//!   begin_deferred(tenant, NewRun, workflow)         -> Appender; accepted with its first flush
//!   begin_copy(tenant, NewRun, workflow)             -> Appender; accepted by Appender::accept, as a whole
//!   begin_durable(tenant, NewRun, workflow, events)  -> Appender; accepted now, held by this worker
//!   create(tenant, NewRun, workflow, events)         accepted now, waits for a worker
//!   by_idempotency_key(tenant, workflow id, key)     -> Option<(RunId, RunDoc)>
//!   recoverable()                                    -> open runs that nobody holds
//!   take_over(tenant, run)                           -> Held: doc, load(workflow) -> (Appender, engine::Run, Past), fail, release
//! Appender                                           cheap to clone; one run, held by this worker
//!   store_list(list)                                 big lists go to the object store; before they are named by an event
//!   move_lists(lists)                                lists that events hold go there to free memory
//!   record(&event)                                   buffers; written 50 ms later, or at 256 KiB, or by flush
//!   room()                                           waits while too much is buffered
//!   flush()                                          all recorded events are durable
//!   finish()                                         the same after the terminal event; answers the final RunDoc
//!   renew(), release()                               the lease
//! Journal, reading                                   (only what is durable)
//!   run(tenant, run), runs(tenant, RunFilter), delete_run(tenant, run)
//!   tail(tenant, run, after_seq)                     -> Stream of EventText until the terminal event
//!   events(tenant, run, after_seq)                   -> what there is now
//!   notices(tenant)                                  -> Stream of RunNotice: runs started and finished
//!   load_run(tenant, run, &workflow)                 -> engine::Run: ask it for inputs, outputs, steps, result
//!   load_list, load_segment, loaded                  items back from the object store
//! ```
//!
//! Order inside a write: log entries, then the run's document. A log without a document is a run that was never accepted.
//! Log entries are numbered; a number can be taken once, and whoever takes a run over takes one, so that a late writer
//! collides and learns that it lost its lease.

mod appender;
mod batch;
mod begin;
mod decode;
mod encode;
mod error;
mod event_text;
mod flush;
mod journal;
mod lease;
mod live;
mod load;
mod past;
mod record;
mod run_doc;
mod segment_cache;
mod segments;
mod tail;

pub use appender::Appender;
pub use error::Error;
pub use event_text::EventText;
pub use journal::Journal;
pub use lease::{Held, WaitingPage};
pub use live::{Notice, RunNotice};
pub use past::Past;
pub use run_doc::{NewRun, RunDoc, RunError, RunFilter, RunPage, Status};
