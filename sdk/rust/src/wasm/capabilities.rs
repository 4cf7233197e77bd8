use std::time::{Duration, SystemTime};

use super::bindings::monshyflow::node as wit;
use crate::log::Level;
use crate::{blobs, credentials, kv};

pub(crate) fn log(level: Level, message: &str) {
    let level = match level {
        Level::Debug => wit::log::Level::Debug,
        Level::Info => wit::log::Level::Info,
        Level::Warn => wit::log::Level::Warn,
        Level::Error => wit::log::Level::Error,
    };
    wit::log::write(level, message);
}

pub(crate) fn progress(fraction: Option<f32>, message: &str) {
    wit::progress::report(fraction, message);
}

pub(crate) fn partial(text: &str) {
    wit::progress::partial(text);
}

pub(crate) fn now_ms() -> f64 {
    let now = SystemTime::now().duration_since(SystemTime::UNIX_EPOCH);
    now.map_or(0.0, |since| since.as_millis() as f64)
}

pub(crate) fn sleep(milliseconds: u32) {
    std::thread::sleep(Duration::from_millis(milliseconds.into()));
}

pub(crate) fn blob_size(blob: u32) -> Result<u64, blobs::Error> {
    wit::blobs::size(blob)
        .map(|size| size as u64)
        .map_err(from_blob_error)
}

pub(crate) struct BlobReader(wit::blobs::Reader);

impl BlobReader {
    pub(crate) fn open(blob: u32) -> Result<Self, blobs::Error> {
        wit::blobs::open(blob).map(Self).map_err(from_blob_error)
    }

    pub(crate) fn read(&mut self, limit: usize) -> Result<Vec<u8>, blobs::Error> {
        self.0
            .read(u32::try_from(limit).unwrap_or(u32::MAX))
            .map_err(from_blob_error)
    }
}

pub(crate) struct BlobWriter(wit::blobs::Writer);

impl BlobWriter {
    pub(crate) fn create() -> Result<Self, blobs::Error> {
        wit::blobs::create().map(Self).map_err(from_blob_error)
    }

    pub(crate) fn write(&mut self, bytes: &[u8]) -> Result<(), blobs::Error> {
        self.0.write(bytes).map_err(from_blob_error)
    }

    pub(crate) fn finish(self) -> Result<u32, blobs::Error> {
        wit::blobs::finish(self.0).map_err(from_blob_error)
    }
}

pub(crate) fn kv_use_scope(scope: kv::Scope) -> Result<(), kv::Error> {
    let scope = match scope {
        kv::Scope::Node => wit::kv::Scope::Node,
        kv::Scope::Workflow => wit::kv::Scope::Workflow,
        kv::Scope::Tenant => wit::kv::Scope::Tenant,
    };
    wit::kv::use_scope(scope).map_err(from_kv_error)
}

pub(crate) fn kv_get(key: &str) -> Result<Option<kv::Entry>, kv::Error> {
    let entry = wit::kv::get(key).map_err(from_kv_error)?;
    Ok(entry.map(|entry| kv::Entry {
        value: entry.value,
        version: entry.version,
    }))
}

pub(crate) fn kv_set(
    key: &str,
    value: &[u8],
    condition: kv::Condition,
    ttl_seconds: Option<u32>,
) -> Result<String, kv::Error> {
    let condition = match condition {
        kv::Condition::Always => wit::kv::Condition::Always,
        kv::Condition::Absent => wit::kv::Condition::Absent,
        kv::Condition::Version(version) => wit::kv::Condition::Version(version),
    };
    wit::kv::set(key, value, &condition, ttl_seconds).map_err(from_kv_error)
}

pub(crate) fn kv_delete(key: &str) -> Result<bool, kv::Error> {
    wit::kv::delete(key).map_err(from_kv_error)
}

pub(crate) fn placeholder(slot: &str, field: &str) -> Result<String, credentials::Error> {
    wit::credentials::placeholder(slot, field).map_err(from_credentials_error)
}

pub(crate) fn sign(
    slot: &str,
    field: &str,
    algorithm: credentials::Algorithm,
    message: &[u8],
) -> Result<Vec<u8>, credentials::Error> {
    let algorithm = match algorithm {
        credentials::Algorithm::HmacSha1 => wit::credentials::Algorithm::HmacSha1,
        credentials::Algorithm::HmacSha256 => wit::credentials::Algorithm::HmacSha256,
        credentials::Algorithm::HmacSha512 => wit::credentials::Algorithm::HmacSha512,
    };
    wit::credentials::sign(slot, field, algorithm, message).map_err(from_credentials_error)
}

fn from_blob_error(error: wit::blobs::Error) -> blobs::Error {
    match error {
        wit::blobs::Error::Unknown => blobs::Error::Unknown,
        wit::blobs::Error::Limit(limit) => blobs::Error::Limit(limit),
        wit::blobs::Error::Unavailable(reason) => blobs::Error::Unavailable(reason),
    }
}

fn from_kv_error(error: wit::kv::Error) -> kv::Error {
    match error {
        wit::kv::Error::Denied(reason) => kv::Error::Denied(reason),
        wit::kv::Error::Limit(limit) => kv::Error::Limit(limit),
        wit::kv::Error::Conflict => kv::Error::Conflict,
        wit::kv::Error::Unavailable(reason) => kv::Error::Unavailable(reason),
    }
}

fn from_credentials_error(error: wit::credentials::Error) -> credentials::Error {
    match error {
        wit::credentials::Error::Denied(reason) => credentials::Error::Denied(reason),
        wit::credentials::Error::Missing(reason) => credentials::Error::Missing(reason),
        wit::credentials::Error::Unavailable(reason) => credentials::Error::Unavailable(reason),
    }
}
