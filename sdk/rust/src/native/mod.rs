//! The host's side of the contract on the author's machine: a world in memory for each thread, so that handlers can be
//! tested without a sandbox.

#[cfg(feature = "http")]
mod http;
mod mail;
mod response;
mod suspension;
mod variables;

use std::cell::RefCell;
use std::collections::{BTreeMap, HashMap};

use crate::log::Level;
use crate::response::Response;
use crate::suspension::Resumption;
use crate::testing::{Exchange, ExpectedMail};
use crate::{blobs, credentials, kv};

#[cfg(feature = "http")]
pub(crate) use http::{ResponseBody, Started, start};
pub(crate) use mail::send_mail;
pub(crate) use response::set_response;
pub(crate) use suspension::{Suspension, Until, children, resume_url, resumed, rounds, signal, until};
pub(crate) use variables::set_variable;

/// What a node sees of the world and what it left there.
#[derive(Default)]
pub(crate) struct World {
    pub(crate) blobs: Vec<Vec<u8>>,
    pub(crate) entries: HashMap<(kv::Scope, String), kv::Entry>,
    pub(crate) scope: Option<kv::Scope>,
    pub(crate) log: Vec<(Level, String)>,
    /// Recorded answers, in order.
    pub(crate) exchanges: std::collections::VecDeque<Exchange>,
    /// Messages that are expected, in order.
    pub(crate) mails: std::collections::VecDeque<ExpectedMail>,
    /// Number of messages that were sent.
    pub(crate) sent: u32,
    /// What the node did otherwise than recorded.
    pub(crate) problems: Vec<String>,
    pub(crate) writes: u64,
    /// Why the call is not the first of its step.
    pub(crate) resumed: Option<Resumption>,
    /// What the node asked for.
    pub(crate) suspension: Option<Suspension>,
    /// JSON of the variables that the node set.
    pub(crate) variables: BTreeMap<String, String>,
    /// What the node answered.
    pub(crate) response: Option<Response>,
    /// What the clock shows.
    pub(crate) now_ms: f64,
}

impl World {
    fn kv_place(&self, key: &str) -> (kv::Scope, String) {
        (self.scope.unwrap_or(kv::Scope::Node), key.to_owned())
    }
}

thread_local! {
    static WORLD: RefCell<World> = RefCell::default();
}

pub(crate) fn world<T>(use_it: impl FnOnce(&mut World) -> T) -> T {
    WORLD.with_borrow_mut(use_it)
}

pub(crate) fn log(level: Level, message: &str) {
    world(|world| world.log.push((level, message.to_owned())));
}

pub(crate) fn progress(_fraction: Option<f32>, _message: &str) {}

pub(crate) fn partial(_text: &str) {}

pub(crate) fn now_ms() -> f64 {
    world(|world| world.now_ms)
}

/// Nobody waits in a test.
pub(crate) fn sleep(_milliseconds: u32) {}

pub(crate) fn blob_size(blob: u32) -> Result<u64, blobs::Error> {
    world(|world| world.blobs.get(blob as usize).map(|bytes| bytes.len() as u64)).ok_or(blobs::Error::Unknown)
}

pub(crate) struct BlobReader {
    blob: usize,
    position: usize,
}

impl BlobReader {
    pub(crate) fn open(blob: u32) -> Result<Self, blobs::Error> {
        blob_size(blob).map(|_| Self {
            blob: blob as usize,
            position: 0,
        })
    }

    pub(crate) fn read(&mut self, limit: usize) -> Result<Vec<u8>, blobs::Error> {
        let piece = world(|world| {
            let rest = world.blobs.get(self.blob)?.get(self.position..)?;
            Some(rest[..rest.len().min(limit)].to_vec())
        });
        let piece = piece.ok_or(blobs::Error::Unknown)?;
        self.position += piece.len();
        Ok(piece)
    }
}

pub(crate) struct BlobWriter(Vec<u8>);

impl BlobWriter {
    pub(crate) fn create() -> Result<Self, blobs::Error> {
        Ok(Self(Vec::new()))
    }

    pub(crate) fn write(&mut self, bytes: &[u8]) -> Result<(), blobs::Error> {
        self.0.extend_from_slice(bytes);
        Ok(())
    }

    pub(crate) fn finish(self) -> Result<u32, blobs::Error> {
        Ok(world(|world| {
            world.blobs.push(self.0);
            world.blobs.len() as u32 - 1
        }))
    }
}

/// Every scope is there; the sandbox is where manifests and grants count.
pub(crate) fn kv_use_scope(scope: kv::Scope) -> Result<(), kv::Error> {
    world(|world| world.scope = Some(scope));
    Ok(())
}

pub(crate) fn kv_get(key: &str) -> Result<Option<kv::Entry>, kv::Error> {
    Ok(world(|world| world.entries.get(&world.kv_place(key)).cloned()))
}

pub(crate) fn kv_set(
    key: &str,
    value: &[u8],
    condition: kv::Condition,
    _ttl_seconds: Option<u32>,
) -> Result<String, kv::Error> {
    world(|world| {
        let place = world.kv_place(key);
        let known = world.entries.get(&place).map(|entry| entry.version.as_str());
        let allowed = match &condition {
            kv::Condition::Always => true,
            kv::Condition::Absent => known.is_none(),
            kv::Condition::Version(version) => known == Some(version),
        };
        if !allowed {
            return Err(kv::Error::Conflict);
        }
        world.writes += 1;
        let version = world.writes.to_string();
        world.entries.insert(
            place,
            kv::Entry {
                value: value.to_vec(),
                version: version.clone(),
            },
        );
        Ok(version)
    })
}

pub(crate) fn kv_delete(key: &str) -> Result<bool, kv::Error> {
    Ok(world(|world| {
        let place = world.kv_place(key);
        world.entries.remove(&place).is_some()
    }))
}

/// A text that stands for the secret, as in the sandbox.
pub(crate) fn placeholder(slot: &str, field: &str) -> Result<String, credentials::Error> {
    Ok(format!("placeholder:{slot}:{field}"))
}

/// Secrets never leave the host, so only the sandbox can sign.
pub(crate) fn sign(
    _slot: &str,
    _field: &str,
    _algorithm: credentials::Algorithm,
    _message: &[u8],
) -> Result<Vec<u8>, credentials::Error> {
    Err(credentials::Error::Unavailable(
        "signatures exist only in the sandbox; test this there".to_owned(),
    ))
}
