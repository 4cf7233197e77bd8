//! The disk form of events, version 1. A batch is one log entry:
//! `{"v":1,"fence":n,"events":[{"seq":1,"at":"2026-01-01T00:00:00.000Z","type":"run-started"}, ..]}`.
//!
//! One flat struct with optional fields, because serde's tagged, untagged and flattened forms buffer what they read, and
//! raw JSON does not survive that. Generic over how much of an item list is read: all of it, or only its counts.

use std::collections::BTreeMap;

use monshyflow_engine::{
    AfterFailure, Cost, Event, LogLevel, Response, ResponseBody, ResumedBy, SkipReason, StepError, StepId,
    Wait,
};
use monshyflow_items::{ItemList, ItemListRecord, Json};
use monshyflow_workflow::{NodeIndex, PortIndex, Workflow};
use serde::{Deserialize, Serialize};
use serde_json::value::RawValue;

use crate::Error;

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

/// The text of one event. `seq` and `at` as they will be read again.
pub(crate) fn encode(
    workflow: &Workflow,
    event: &Event,
    seq: u64,
    at: jiff::Timestamp,
) -> Result<String, Error> {
    let mut record = EventRecord::empty(event.kind(), seq, at);
    match event {
        Event::RunRequested { trigger, input, plan } => {
            record.node = Some(node_id(workflow, *trigger)?);
            record.input = Some(FullList::of(None, input)?);
            record.to = plan.to.map(|node| node_id(workflow, node)).transpose()?;
            record.pins = plan.pins;
        }
        Event::StepStarted { step } => record.set_step(workflow, step)?,
        Event::StepSucceeded {
            step,
            outputs,
            variables,
            response,
            cost,
        } => {
            record.set_step(workflow, step)?;
            record.set_outputs(workflow, step.node, outputs)?;
            record.set_variables(variables)?;
            record.response = response.as_deref().map(ResponseRecord::of);
            record.cost = Some(CostRecord::of(cost));
        }
        Event::StepFailed {
            step,
            error,
            then,
            outputs,
            cost,
        } => {
            record.set_step(workflow, step)?;
            record.set_outputs(workflow, step.node, outputs)?;
            record.cost = Some(CostRecord::of(cost));
            record.error = Some(ErrorRecord::of(error));
            record.set_then(*then);
        }
        Event::StepSkipped {
            node,
            iteration,
            reason,
        } => {
            record.node = Some(node_id(workflow, *node)?);
            record.iteration.clone_from(iteration);
            record.reason = Some(skip_reason(*reason).to_owned());
        }
        Event::StepSuspended {
            step,
            wait,
            state,
            cost,
        } => {
            record.set_step(workflow, step)?;
            record.set_wait(wait)?;
            record.state = Some(state.clone());
            record.cost = Some(CostRecord::of(cost));
        }
        Event::StepResumed { step, by, items } => {
            record.set_step(workflow, step)?;
            record.by = Some(cause(*by).to_owned());
            record.input = (!items.is_empty())
                .then(|| FullList::of(None, items))
                .transpose()?;
        }
        Event::ResponseSent { step, status } => {
            record.set_step(workflow, step)?;
            record.status = Some(*status);
        }
        Event::Log { step, level, message } => {
            record.set_step(workflow, step)?;
            record.level = Some(log_level(*level).to_owned());
            record.message = Some(message.clone());
        }
        Event::Progress {
            step,
            fraction,
            message,
        } => {
            record.set_step(workflow, step)?;
            record.fraction = fraction.filter(|fraction| fraction.is_finite());
            record.message = Some(message.clone());
        }
        Event::RunFailed { node, error } => {
            record.node = node.map(|node| node_id(workflow, node)).transpose()?;
            record.error = Some(ErrorRecord::of(error));
        }
        Event::RunCancelled { reason } => record.reason = Some(reason.as_str().to_owned()),
        Event::RunStarted | Event::RunSucceeded | Event::RunTimedOut => {}
    }
    record.to_text()
}

impl EventRecord<FullList> {
    pub(crate) fn empty(kind: &str, seq: u64, at: jiff::Timestamp) -> Self {
        Self {
            seq,
            at: format!("{at:.3}"),
            kind: kind.to_owned(),
            node: None,
            iteration: Vec::new(),
            attempt: None,
            input: None,
            outputs: Vec::new(),
            variables: BTreeMap::new(),
            response: None,
            status: None,
            cost: None,
            error: None,
            then: None,
            delay_ms: None,
            reason: None,
            to: None,
            pins: false,
            wait: None,
            counts: Vec::new(),
            concurrency: None,
            until_ms: None,
            details: None,
            state: None,
            by: None,
            level: None,
            fraction: None,
            message: None,
        }
    }

    pub(crate) fn to_text(&self) -> Result<String, Error> {
        serde_json::to_string(self)
            .map_err(|error| Error::Damaged(format!("an event cannot be written: {error}")))
    }

    fn set_step(&mut self, workflow: &Workflow, step: &StepId) -> Result<(), Error> {
        self.node = Some(node_id(workflow, step.node)?);
        self.iteration.clone_from(&step.iteration);
        self.attempt = Some(step.attempt);
        Ok(())
    }

    fn set_outputs(
        &mut self,
        workflow: &Workflow,
        node: NodeIndex,
        outputs: &[(PortIndex, ItemList)],
    ) -> Result<(), Error> {
        for (port, list) in outputs {
            let name = output_name(workflow, node, *port)?;
            self.outputs.push(FullList::of(Some(name), list)?);
        }
        Ok(())
    }

    fn set_variables(&mut self, variables: &[(String, Json)]) -> Result<(), Error> {
        for (name, value) in variables {
            let value = RawValue::from_string(value.as_str().to_owned())
                .map_err(|error| Error::Damaged(format!("a variable cannot be written: {error}")))?;
            self.variables.insert(name.clone(), value);
        }
        Ok(())
    }

    fn set_wait(&mut self, wait: &Wait) -> Result<(), Error> {
        let kind = match wait {
            Wait::Rounds {
                items,
                counts,
                concurrency,
            } => {
                self.input = Some(FullList::of(None, items)?);
                self.counts.clone_from(counts);
                self.concurrency = Some(*concurrency);
                "rounds"
            }
            Wait::Time { until_ms } => {
                self.until_ms = Some(*until_ms);
                "time"
            }
            Wait::Signal { until_ms, details } => {
                self.until_ms = *until_ms;
                self.details.clone_from(details);
                "signal"
            }
            Wait::Children {
                items,
                counts,
                details,
                until_ms,
            } => {
                self.input = Some(FullList::of(None, items)?);
                self.counts.clone_from(counts);
                self.details = Some(details.clone());
                self.until_ms = *until_ms;
                "children"
            }
        };
        self.wait = Some(kind.to_owned());
        Ok(())
    }

    fn set_then(&mut self, then: AfterFailure) {
        let text = match then {
            AfterFailure::Retry { delay_ms } => {
                self.delay_ms = Some(delay_ms);
                "retry"
            }
            AfterFailure::Stop => "stop",
            AfterFailure::Continue => "continue",
            AfterFailure::Port => "port",
        };
        self.then = Some(text.to_owned());
    }
}

impl FullList {
    fn of(port: Option<String>, list: &ItemList) -> Result<Self, Error> {
        let stored = list
            .segments()
            .iter()
            .filter(|segment| segment.object().is_some())
            .count();
        if stored != 0 && stored != list.segments().len() {
            return Err(Error::Misuse(
                "a list that is stored in part only; give it to store_list first",
            ));
        }
        Ok(Self {
            port,
            count: list.len() as u64,
            bytes: list.size(),
            list: ItemListRecord::of(list),
        })
    }
}

impl ResponseRecord {
    fn of(response: &Response) -> Self {
        let (bytes, text, object) = match &response.body {
            ResponseBody::Empty => (0, None, None),
            ResponseBody::Text(text) => (text.len() as u64, Some(text.to_string()), None),
            ResponseBody::Stored { object, size } => (*size, None, Some(object.clone())),
        };
        Self {
            status: response.status,
            headers: response.headers.clone(),
            bytes,
            text,
            object,
        }
    }
}

impl CostRecord {
    fn of(cost: &Cost) -> Self {
        Self {
            wall_micros: cost.wall_micros,
            guest_cpu_micros: cost.guest_cpu_micros,
            peak_memory: cost.peak_memory,
            bytes_in: cost.bytes_in,
            bytes_out: cost.bytes_out,
            calls: cost.calls,
            capabilities: cost.capabilities.clone(),
        }
    }
}

impl ErrorRecord {
    pub(crate) fn of(error: &StepError) -> Self {
        Self {
            code: error.code.clone(),
            message: error.message.clone(),
            retryable: error.retryable,
            retry_after_ms: error.retry_after_ms,
            details: error.details.clone(),
        }
    }
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

fn node_id(workflow: &Workflow, node: NodeIndex) -> Result<String, Error> {
    let known = workflow
        .nodes
        .get(node.0 as usize)
        .ok_or(Error::Misuse("an event of another workflow"))?;
    Ok(known.id.clone())
}

fn output_name(workflow: &Workflow, node: NodeIndex, port: PortIndex) -> Result<String, Error> {
    let node_type = &workflow.node(node).node_type;
    match node_type.outputs.get(port.0 as usize) {
        Some(name) => Ok(name.clone()),
        None if port == node_type.error_port() => Ok("error".to_owned()),
        None => Err(Error::Misuse("an event with an unknown port")),
    }
}
