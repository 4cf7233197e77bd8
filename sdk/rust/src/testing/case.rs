use std::collections::BTreeMap;
use std::fs;
use std::path::Path;

use serde::{Deserialize, Serialize};
use serde_json::value::RawValue;
use serde_json::{Value, json};

use super::{CaseResumption, ExpectedResponse, ExpectedSuspension, RecordedItem};
use crate::{CallParams, Context};

/// One file of a node's `cases` folder: a call and what must come of it.
#[derive(Debug, Clone, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Case {
    pub title: String,
    /// Shown to users and tried when the node is published. Its items are plain JSON.
    #[serde(default)]
    pub example: bool,
    #[serde(default)]
    pub params: Option<Box<RawValue>>,
    #[serde(default)]
    pub params_per_item: Option<Vec<Box<RawValue>>>,
    /// Items by input port.
    #[serde(default)]
    pub input: BTreeMap<String, Vec<RecordedItem>>,
    #[serde(default)]
    pub context: CaseContext,
    /// Calls that were made before and succeeded, of which values are left.
    #[serde(default)]
    pub before: Vec<EarlierCall>,
    /// Why the call is not the first of its step.
    #[serde(default)]
    pub resumed: Option<CaseResumption>,
    /// Requests that the node makes, in order, and what it gets for them.
    #[serde(default)]
    pub http: Vec<Exchange>,
    /// Messages that the node sends, in order, and what comes of it.
    #[serde(default)]
    pub mail: Vec<ExpectedMail>,
    /// Items by output port; a port that is not named stays silent.
    #[serde(default)]
    pub expect: Option<BTreeMap<String, Vec<RecordedItem>>>,
    #[serde(default)]
    pub error: Option<ExpectedError>,
    /// What the call asks for instead of ending the step.
    #[serde(default)]
    pub suspend: Option<ExpectedSuspension>,
    /// Variables of the run that the call sets, no others.
    #[serde(default)]
    pub variables: BTreeMap<String, Value>,
    /// What the call answers to whoever waits for the run.
    #[serde(default)]
    pub response: Option<ExpectedResponse>,
}

/// What is not named is as in the case itself.
#[derive(Debug, Clone, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct EarlierCall {
    #[serde(default)]
    pub params: Option<Box<RawValue>>,
    #[serde(default)]
    pub params_per_item: Option<Vec<Box<RawValue>>>,
    #[serde(default)]
    pub input: Option<BTreeMap<String, Vec<RecordedItem>>>,
    #[serde(default)]
    pub context: Option<CaseContext>,
}

/// What differs from the context that cases have by default.
#[derive(Debug, Clone, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields, default)]
pub struct CaseContext {
    pub run_id: String,
    pub step_id: String,
    pub node_name: String,
    pub workflow_name: String,
    pub attempt: u32,
    pub iteration: Vec<u32>,
    pub run_time_ms: f64,
    pub time_zone: String,
    pub keep_going: bool,
}

impl Default for CaseContext {
    fn default() -> Self {
        Self {
            run_id: "run-1".to_owned(),
            step_id: "step-1".to_owned(),
            node_name: "Node".to_owned(),
            workflow_name: "Workflow".to_owned(),
            attempt: 1,
            iteration: Vec::new(),
            run_time_ms: 1_750_000_000_000.0,
            time_zone: "UTC".to_owned(),
            keep_going: false,
        }
    }
}

/// What is named must be so; what is not named may be anything.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct ExpectedError {
    pub code: String,
    /// `permanent`, `transient`, `rate-limited`, `auth-expired`, `invalid-input`.
    #[serde(default)]
    pub kind: Option<String>,
    /// Part of the message.
    #[serde(default)]
    pub message: Option<String>,
    #[serde(default)]
    pub parameter: Option<String>,
    /// Input and index.
    #[serde(default)]
    pub item: Option<(u32, u32)>,
    #[serde(default)]
    pub retry_after_ms: Option<u32>,
    #[serde(default)]
    pub details: Option<Value>,
}

#[derive(Debug, Clone, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Exchange {
    pub request: RecordedRequest,
    /// Either this or `failure`.
    #[serde(default)]
    pub response: Option<RecordedResponse>,
    /// `denied`, `dns`, `connect`, `timeout`, `tls` or `protocol`.
    #[serde(default)]
    pub failure: Option<String>,
}

/// What is named must be so; headers that are not named may be there.
#[derive(Debug, Clone, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct RecordedRequest {
    pub method: String,
    pub url: String,
    /// Null: the header must be absent.
    #[serde(default)]
    pub headers: BTreeMap<String, Option<String>>,
    #[serde(default)]
    pub json: Option<Value>,
    #[serde(default)]
    pub text: Option<String>,
    #[serde(default)]
    pub base64: Option<String>,
    /// Milliseconds.
    #[serde(default)]
    pub timeout_ms: Option<u32>,
}

#[derive(Debug, Clone, Default, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields, default)]
pub struct RecordedResponse {
    /// 200 unless said otherwise.
    pub status: Option<u16>,
    /// A list where a header comes several times.
    pub headers: BTreeMap<String, OneOrMore>,
    /// Sets `content-type: application/json` unless the headers name another.
    pub json: Option<Value>,
    pub text: Option<String>,
    pub base64: Option<String>,
}

#[derive(Debug, Clone, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct ExpectedMail {
    /// All that is there: `sender`, `replyTo`, `to`, `cc`, `bcc`, `subject`, `text`, `html`, `headers`, `attachments`.
    pub message: Value,
    /// Instead of a receipt.
    #[serde(default)]
    pub failure: Option<MailFailure>,
}

#[derive(Debug, Clone, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct MailFailure {
    /// `denied`, `unavailable`, `invalid`, `limit`, `refused` or `transient`.
    pub kind: String,
    /// Of the mail server.
    #[serde(default)]
    pub code: Option<u16>,
    pub message: String,
}

#[derive(Debug, Clone, Deserialize)]
#[serde(untagged)]
pub enum OneOrMore {
    One(String),
    More(Vec<String>),
}

impl Case {
    pub(crate) fn earlier(&self, call: &EarlierCall) -> Self {
        let mut earlier = self.clone();
        if call.params.is_some() || call.params_per_item.is_some() {
            earlier.params = call.params.clone();
            earlier.params_per_item = call.params_per_item.clone();
        }
        if let Some(input) = &call.input {
            earlier.input = input.clone();
        }
        if let Some(context) = &call.context {
            earlier.context = context.clone();
        }
        earlier
    }

    pub(crate) fn call_params(&self) -> CallParams {
        match (&self.params_per_item, &self.params) {
            (Some(params), _) => {
                CallParams::PerItem(params.iter().map(|params| params.get().to_owned()).collect())
            }
            (None, Some(params)) => CallParams::Shared(params.get().to_owned()),
            (None, None) => CallParams::Shared("{}".to_owned()),
        }
    }

    pub(crate) fn call_context(&self) -> Context {
        let context = self.context.clone();
        Context {
            run_id: context.run_id,
            step_id: context.step_id,
            node_name: context.node_name,
            workflow_name: context.workflow_name,
            attempt: context.attempt,
            iteration: context.iteration,
            run_time_ms: context.run_time_ms,
            time_zone: context.time_zone,
            keep_going: context.keep_going,
        }
    }

    fn suspends_and_fails(&self) -> bool {
        self.suspend.is_some() && self.error.is_some()
    }

    /// As the manifest has it, if the case is marked.
    pub(crate) fn as_example(&self) -> Option<Value> {
        let expect = self
            .expect
            .as_ref()
            .filter(|_| self.example && self.resumed.is_none())?;
        let plain = |items: &Vec<RecordedItem>| items.iter().map(RecordedItem::value).collect::<Vec<_>>();
        let output: BTreeMap<_, _> = expect.iter().map(|(port, items)| (port, plain(items))).collect();
        Some(json!({
            "title": self.title,
            "params": self.params.as_ref().map_or_else(|| json!({}), |params| json!(params)),
            "input": self.input.values().next().map(plain).unwrap_or_default(),
            "output": output,
        }))
    }
}

/// The cases of a node crate, by file name.
///
/// # Errors
///
/// In words, if there is none or one cannot be read.
pub fn load_cases(node: &Path) -> Result<Vec<Case>, String> {
    let folder = node.join("cases");
    let entries = fs::read_dir(&folder).map_err(|error| format!("{}: {error}", folder.display()))?;
    let mut files: Vec<_> = entries
        .filter_map(|entry| entry.ok().map(|entry| entry.path()))
        .collect();
    files.retain(|file| file.extension().is_some_and(|extension| extension == "json"));
    files.sort();
    if files.is_empty() {
        return Err(format!(
            "{} holds no case; every node needs some",
            folder.display()
        ));
    }
    let mut cases = Vec::new();
    for file in files {
        let text = fs::read_to_string(&file).map_err(|error| format!("{}: {error}", file.display()))?;
        let problem = |error: String| format!("{}: {error}", file.display());
        let loaded: Vec<Case> = if text.trim_start().starts_with('[') {
            serde_json::from_str(&text).map_err(|error| problem(error.to_string()))?
        } else {
            vec![serde_json::from_str(&text).map_err(|error| problem(error.to_string()))?]
        };
        if let Some(case) = loaded
            .iter()
            .find(|case| case.expect.is_some() == case.error.is_some() || case.suspends_and_fails())
        {
            return Err(problem(format!(
                "case `{}` needs either `expect`, perhaps with `suspend`, or `error`",
                case.title
            )));
        }
        cases.extend(loaded);
    }
    Ok(cases)
}
