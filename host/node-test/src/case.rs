use std::collections::BTreeMap;

use serde::Deserialize;
use serde_json::Value;
use serde_json::value::RawValue;

use crate::{CaseResumption, Exchange, ExpectedResponse, ExpectedSuspension, RecordedItem};

/// One call of a node and what must come of it.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Case {
    pub title: String,
    /// Shown to users, in the manifest.
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
    /// Requests that the node makes, and what it gets for them.
    #[serde(default)]
    pub http: Vec<Exchange>,
    /// Messages that the node sends. Nothing stands in for a mail server here: whoever runs cases leaves these out, aloud.
    #[serde(default)]
    pub mail: Vec<Value>,
    /// Items by output port; a port that is not named stays silent.
    #[serde(default)]
    pub expect: Option<BTreeMap<String, Vec<RecordedItem>>>,
    #[serde(default)]
    pub error: Option<ExpectedError>,
    /// What the call asks for instead of ending the step.
    #[serde(default)]
    pub suspend: Option<ExpectedSuspension>,
    /// The variables that the call sets; all of them.
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

/// What is named must be so; what is not named may be anything.
#[derive(Debug, Clone, Deserialize)]
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

impl Case {
    /// As a case, of which nothing is expected but that it succeeds.
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

    /// Why nothing can be learned from this case.
    pub(crate) fn fault(&self) -> Option<&'static str> {
        match (&self.expect, &self.error, &self.suspend) {
            (Some(_), None, _) | (None, Some(_), None) => None,
            _ => Some("needs either `expect`, perhaps with `suspend`, or `error`"),
        }
    }

    /// As JSON texts; the shared ones, or those of each item.
    pub(crate) fn params(&self) -> Result<&str, Vec<&str>> {
        match (&self.params_per_item, &self.params) {
            (Some(each), _) => Err(each.iter().map(|params| params.get()).collect()),
            (None, Some(params)) => Ok(params.get()),
            (None, None) => Ok("{}"),
        }
    }
}
