//! A small document store, tenant first in every function, chosen by URL, and the object store for bytes.
//!
//! It offers what SQLite and MongoDB both do well and no more: documents with unique keys and compare-and-set by
//! version, pages over declared indexes, an atomic claim, and append-only logs. No joins, and no transactions over
//! several documents that a caller could rely on: designs use single-document atomicity, unique keys as fences, and
//! reconciliation.
//!
//! ```text
//! Store::open(url, options)                         sqlite:///path/to/file.db
//!   insert, insert_many, get, replace_if, delete     one document; versions count from 1
//!   find, find_any_tenant                            a Page by a declared index; opaque cursor
//!   claim, claim_any_tenant                          first by an index, fields merged in, atomically
//!   append, append_many, read_log, last_index, delete_log
//!   write(Vec<Op>)                                   several of these in order, durable together
//!   close                                            flushes; later calls answer Unavailable
//! Objects::open_folder(path)                        put, get, get_range, put_stream, sync, delete_prefix
//! ```
//!
//! A write that answered `Ok` survives a power cut (`Durability::Full`, the default). A future that is dropped may
//! still have its write done.

mod collection;
mod cursor;
mod document;
mod error;
mod find;
mod object_key;
mod objects;
mod op;
mod sqlite;
mod store;

pub use collection::{Collection, Index, Log};
pub use document::{Document, LogEntry, Page};
pub use error::{ConflictKey, Error, ObjectError};
pub use find::{BY_ID, Find, Order};
pub use object_key::{KeyError, ObjectKey};
pub use objects::{Durable, Objects};
pub use op::{Op, Written};
pub use store::{Durability, Options, Store};
