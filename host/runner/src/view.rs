use std::collections::BTreeMap;

use monshyflow_engine::{Run, StepError, StepId, StepState};
use monshyflow_items::{ItemList, Json};
use monshyflow_workflow::{PortIndex, Workflow};
use serde::Serialize;
use serde_json::Value;
use serde_json::value::RawValue;
use utoipa::ToSchema;

use crate::answer::ResponseView;
use crate::degrade::error_json;

/// Most bytes of items in one answer; the rest is read step by step, or from the object store by later features.
const RESULT_BYTES: u64 = 4 << 20;

/// A run as clients see it.
#[derive(Debug, Clone, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
#[schema(as = Run)]
pub struct RunView {
    pub id: String,
    pub workflow: String,
    /// Absent for runs of a draft.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub version: Option<u32>,
    /// `queued`, `running`, `waiting`, `succeeded`, `failed`, `cancelled` or `timed-out`.
    pub status: &'static str,
    /// Kind of trigger that started it.
    pub trigger: String,
    pub created_at: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub finished_at: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub error: Option<ErrorView>,
    /// Why it was cancelled: `requested`; `debounced`, by a later run before it began; `replaced`, by another run where one at
    /// a time is allowed; `caller-ended`, because nobody waits for it any more.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub cancel_reason: Option<String>,
    /// What left by ports that lead nowhere, by node and port, outside of loops, whose items leave by `done`; only when the run
    /// has ended.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub result: Option<Vec<PortItems>>,
    /// Only where one run is asked for.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub steps: Option<Vec<StepView>>,
    /// Variables of the run by name, as its steps set them so far; only where one run is asked for.
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    #[schema(value_type = BTreeMap<String, Value>, required = false)]
    pub variables: BTreeMap<String, Box<RawValue>>,
    /// What it answered to whoever waited, if a step answered; only where one run is asked for. The run may go on after that.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub response: Option<ResponseView>,
}

/// What went wrong.
#[derive(Debug, Clone, Serialize, ToSchema)]
#[schema(as = RunError)]
pub struct ErrorView {
    pub code: String,
    pub message: String,
    /// Name of the node at fault.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub node: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub details: Option<Value>,
}

/// Items that left by a port, or arrived at one.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct PortItems {
    pub node: String,
    pub port: String,
    /// How many there are, even if `items` is cut.
    pub count: usize,
    /// JSON of the items, up to 4 MiB in one answer.
    #[schema(value_type = Vec<Value>)]
    pub items: Vec<Box<RawValue>>,
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    pub truncated: bool,
}

/// How far a node came.
#[derive(Debug, Clone, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
#[schema(as = Step)]
pub struct StepView {
    /// What `/steps/{step}` takes.
    pub id: String,
    pub node: String,
    /// Numbers of the rounds of the loops around it, outermost first.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub iteration: Vec<u32>,
    /// `running`, `waiting`, `retrying`, `succeeded`, `failed` or `skipped`.
    pub status: &'static str,
    pub attempt: u32,
    /// While it waits for it: where a person or a program ends the wait. Whoever has the URL may do that.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub resume_url: Option<String>,
    /// Items by output port.
    pub outputs: BTreeMap<String, usize>,
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub error: Option<ErrorView>,
}

/// The data of one step.
#[derive(Debug, Clone, Serialize, ToSchema)]
#[schema(as = StepData)]
pub struct StepItems {
    #[serde(flatten)]
    pub step: StepView,
    pub input: Vec<PortItems>,
    pub output: Vec<PortItems>,
}

/// Part of the list of runs.
#[derive(Debug, Clone, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct RunPage {
    pub items: Vec<RunView>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub next_cursor: Option<String>,
}

impl ErrorView {
    pub(crate) fn of(error: &StepError, node: Option<&str>) -> Self {
        Self {
            code: error.code.clone(),
            message: error.message.clone(),
            node: node.map(str::to_owned),
            details: error_json(error).get("details").cloned(),
        }
    }
}

/// How far each node came, in every round.
pub(crate) fn steps(workflow: &Workflow, run: &Run) -> Vec<StepView> {
    let summaries = run.steps();
    summaries
        .map(|summary| step_view(workflow, run, summary))
        .collect()
}

pub(crate) fn step_view(
    workflow: &Workflow,
    run: &Run,
    summary: monshyflow_engine::StepSummary<'_>,
) -> StepView {
    let node = workflow.node(summary.step.node);
    let outputs = run.outputs_of(&summary.step.place()).unwrap_or(&[]).iter();
    StepView {
        id: step_id(workflow, &summary.step),
        node: node.name.clone(),
        iteration: summary.step.iteration.clone(),
        status: match summary.state {
            StepState::Running => "running",
            StepState::Suspended => "waiting",
            StepState::Retrying { .. } => "retrying",
            StepState::Succeeded => "succeeded",
            StepState::Failed(_) => "failed",
            StepState::Skipped(_) => "skipped",
        },
        attempt: summary.step.attempt,
        resume_url: None,
        outputs: outputs
            .map(|(port, items)| (output_name(workflow, summary.step.node, *port), items.len()))
            .collect(),
        error: summary.error.map(|error| ErrorView::of(error, Some(&node.name))),
    }
}

/// The node's id, and behind it the rounds: `fetch~2~0`.
pub(crate) fn step_id(workflow: &Workflow, step: &StepId) -> String {
    let mut id = workflow.node(step.node).id.clone();
    for round in &step.iteration {
        id.push_str(&format!("~{round}"));
    }
    id
}

/// The name of an output port; `error` stands behind those of the node type.
pub(crate) fn output_name(
    workflow: &Workflow,
    node: monshyflow_workflow::NodeIndex,
    port: PortIndex,
) -> String {
    let outputs = &workflow.node(node).node_type.outputs;
    outputs
        .get(port.0 as usize)
        .map_or_else(|| "error".to_owned(), Clone::clone)
}

/// What the run's steps set so far.
pub(crate) fn variables(run: &Run) -> BTreeMap<String, Box<RawValue>> {
    let value = |json: &Json| RawValue::from_string(json.as_str().to_owned()).ok();
    let variables = run.variables().iter();
    // Every value was checked when it was set.
    variables
        .filter_map(|(name, json)| Some((name.clone(), value(json)?)))
        .collect()
}

/// Items for an answer, as far as `budget` goes. All segments that are shown must be in memory.
pub(crate) fn port_items(node: &str, port: String, list: &ItemList, budget: &mut u64) -> PortItems {
    let mut items = Vec::new();
    let mut truncated = false;
    'segments: for segment in list.segments() {
        let Some(in_memory) = segment.items() else {
            truncated = true;
            break;
        };
        for item in in_memory {
            let size = item.size() as u64;
            if size > *budget {
                truncated = true;
                break 'segments;
            }
            *budget -= size;
            // The text was checked when the item was made.
            items.extend(RawValue::from_string(item.json.as_str().to_owned()).ok());
        }
    }
    PortItems {
        node: node.to_owned(),
        port,
        count: list.len(),
        items,
        truncated,
    }
}

/// Bytes of items that one answer may carry.
pub(crate) fn answer_budget() -> u64 {
    RESULT_BYTES
}
