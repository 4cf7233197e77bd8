//! The disk form of events, version 1. A batch is one log entry:
//! `{"v":1,"fence":n,"events":[{"seq":1,"at":"2026-01-01T00:00:00.000Z","type":"run-started"}, ..]}`.
//!
//! One flat struct with optional fields, because serde's tagged, untagged and flattened forms buffer what they read, and
//! raw JSON does not survive that. Generic over how much of an item list is read: all of it, or only its counts.

use std::collections::BTreeMap;

use monshyflow_engine::{LogLevel, ResumedBy, SkipReason};
use monshyflow_items::ItemListRecord;
use serde::{Deserialize, Serialize};
use serde_json::value::RawValue;

pub(crate) const VERSION: u32 = 1;

#[derive(Debug, Deserialize)]
pub(crate) struct BatchRecord<L> {
    pub(crate) v: u32,
    pub(crate) fence: u64,
    pub(crate) events: Vec<EventRecord<L>>,
}

#[derive(Debug, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct EventRecord<L> {
    pub(crate) seq: u64,
    /// RFC 3339, UTC, milliseconds.
    pub(crate) at: String,
    #[serde(rename = "type")]
    pub(crate) kind: String,
    /// Node id: of the step, or of the trigger in `run-requested`, or of the node that made the run fail.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) node: Option<String>,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub(crate) iteration: Vec<u32>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) attempt: Option<u32>,
    #[serde(default = "none", skip_serializing_if = "Option::is_none")]
    pub(crate) input: Option<L>,
    #[serde(default = "Vec::new", skip_serializing_if = "Vec::is_empty")]
    pub(crate) outputs: Vec<L>,
    /// Variables of the run that the step set.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub(crate) variables: BTreeMap<String, Box<RawValue>>,
    /// In `step-succeeded`: what the run is to answer.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) response: Option<ResponseRecord>,
    /// In `response-sent`: that of HTTP.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) status: Option<u16>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) cost: Option<CostRecord>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) error: Option<ErrorRecord>,
    /// `retry`, `stop`, `continue`, `port`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) then: Option<String>,
    /// With `retry`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) delay_ms: Option<u64>,
    /// `dead`, `disabled`, `pinned`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) reason: Option<String>,
    /// In `run-requested`: the only node that is wanted.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) to: Option<String>,
    /// In `run-requested`: pinned items stand in for calls.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub(crate) pins: bool,
    /// `rounds`, `time`, `signal`, `children`; their items are the `input`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) wait: Option<String>,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub(crate) counts: Vec<u32>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) concurrency: Option<u32>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) until_ms: Option<u64>,
    /// JSON of the runner about a wait, as text.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) details: Option<String>,
    /// What the node asked to be given back.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) state: Option<String>,
    /// `rounds`, `time`, `signal`, `timed-out`, `children`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) by: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) level: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) fraction: Option<f32>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) message: Option<String>,
}

/// All of a list.
#[derive(Debug, Serialize, Deserialize)]
pub(crate) struct FullList {
    /// Absent in `input`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) port: Option<String>,
    pub(crate) count: u64,
    pub(crate) bytes: u64,
    pub(crate) list: ItemListRecord,
}

/// What readers of the history see of a list.
#[derive(Debug, Serialize, Deserialize)]
pub(crate) struct ListCounts {
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) port: Option<String>,
    pub(crate) count: u64,
    /// As budgets count.
    pub(crate) bytes: u64,
}

#[derive(Debug, Serialize, Deserialize)]
pub(crate) struct ResponseRecord {
    pub(crate) status: u16,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub(crate) headers: Vec<(String, String)>,
    /// Of the body.
    #[serde(default, skip_serializing_if = "is_zero")]
    pub(crate) bytes: u64,
    /// The body, if it is a short text.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) text: Option<String>,
    /// Where else it is.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) object: Option<String>,
}

#[derive(Debug, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct CostRecord {
    pub(crate) wall_micros: u64,
    pub(crate) guest_cpu_micros: u64,
    pub(crate) peak_memory: u64,
    pub(crate) bytes_in: u64,
    pub(crate) bytes_out: u64,
    pub(crate) calls: u32,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub(crate) capabilities: Vec<(String, u64)>,
}

#[derive(Debug, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct ErrorRecord {
    pub(crate) code: String,
    pub(crate) message: String,
    pub(crate) retryable: bool,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) retry_after_ms: Option<u32>,
    /// Text of a JSON value, kept as text, because nodes write it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) details: Option<String>,
}

fn none<L>() -> Option<L> {
    None
}

fn is_zero(bytes: &u64) -> bool {
    *bytes == 0
}

pub(crate) fn skip_reason(reason: SkipReason) -> &'static str {
    match reason {
        SkipReason::Dead => "dead",
        SkipReason::Disabled => "disabled",
        SkipReason::Pinned => "pinned",
    }
}

pub(crate) const CAUSES: [ResumedBy; 5] = [
    ResumedBy::Rounds,
    ResumedBy::Time,
    ResumedBy::Signal,
    ResumedBy::TimedOut,
    ResumedBy::Children,
];

pub(crate) fn cause(by: ResumedBy) -> &'static str {
    match by {
        ResumedBy::Rounds => "rounds",
        ResumedBy::Time => "time",
        ResumedBy::Signal => "signal",
        ResumedBy::TimedOut => "timed-out",
        ResumedBy::Children => "children",
    }
}

pub(crate) fn log_level(level: LogLevel) -> &'static str {
    match level {
        LogLevel::Debug => "debug",
        LogLevel::Info => "info",
        LogLevel::Warn => "warn",
        LogLevel::Error => "error",
    }
}
