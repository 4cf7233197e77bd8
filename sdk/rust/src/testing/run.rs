use std::collections::BTreeMap;
use std::path::Path;

use super::{Case, CaseResumption, compare, load_cases, suspension};
use crate::host::{Suspension, World, world};
use crate::log::Level;
use crate::response::Response;
use crate::{Attachment, Call, Input, Item, ItemRef, NodeError, Outcome};

/// What became of a native call.
#[derive(Debug)]
pub struct Report {
    pub result: Result<Outcome, NodeError>,
    /// The call's items, for those that were passed on.
    pub inputs: Vec<Input>,
    pub log: Vec<(Level, String)>,
    /// What the node did otherwise than recorded.
    pub problems: Vec<String>,
    /// What it asked for instead of ending the step.
    pub(crate) suspension: Option<Suspension>,
    /// JSON of the variables that it set.
    pub variables: BTreeMap<String, String>,
    /// What it answered to whoever waits for the run.
    pub response: Option<Response>,
    /// By handle.
    pub(crate) blobs: Vec<Vec<u8>>,
}

impl Report {
    /// The bytes of an attachment that came in or went out.
    pub fn bytes(&self, attachment: &Attachment) -> &[u8] {
        self.blobs
            .get(attachment.blob as usize)
            .map_or(&[], Vec::as_slice)
    }

    /// JSON of the items that left by a port; null for those that failed.
    pub fn output(&self, port: &str) -> Vec<serde_json::Value> {
        let outputs = self
            .result
            .as_ref()
            .map(|outcome| outcome.outputs.as_slice())
            .unwrap_or_default();
        let items = outputs
            .iter()
            .filter(|(name, _)| name == port)
            .flat_map(|(_, items)| items);
        items
            .map(|item| compare::json_text(item, &self.inputs))
            .map(|text| {
                text.and_then(|text| serde_json::from_str(text).ok())
                    .unwrap_or_default()
            })
            .collect()
    }
}

/// An item of the first input, for tests of a handler.
pub fn item(json: &serde_json::Value, index: u32) -> Item {
    Item::new(json.to_string(), Vec::new(), ItemRef { input: 0, index })
}

/// Calls a node with `params` for all of `items`, which arrive at `main`.
pub fn call_node(
    node: impl Fn(Call) -> Result<Outcome, NodeError>,
    params: &serde_json::Value,
    items: &[serde_json::Value],
) -> Report {
    let text = serde_json::json!({ "title": "", "params": params, "input": { "main": items }, "expect": {} });
    match serde_json::from_value(text) {
        Ok(case) => play(&node, &case),
        Err(error) => panic!("the call is not a case: {error}"),
    }
}

/// # Errors
///
/// In words, what came out otherwise than expected.
pub fn run_case(node: impl Fn(Call) -> Result<Outcome, NodeError>, case: &Case) -> Result<(), String> {
    let report = play(&node, case);
    if let Some(problem) = report.problems.first() {
        return Err(problem.clone());
    }
    compare::outcome(case, &report)
}

/// Runs every case of the node crate in `folder`; behind the test that the macros `each!`, `batches!` and `all!` make.
///
/// # Panics
///
/// If there is no case, or if one comes out otherwise than expected.
pub fn run_cases(folder: &str, node: impl Fn(Call) -> Result<Outcome, NodeError>) {
    let cases = load_cases(Path::new(folder)).unwrap_or_else(|problem| panic!("{problem}"));
    let failures: Vec<_> = cases
        .iter()
        .filter_map(|case| {
            run_case(&node, case)
                .err()
                .map(|problem| format!("{}: {problem}", case.title))
        })
        .collect();
    assert!(
        failures.is_empty(),
        "{} of {} cases failed\n{}",
        failures.len(),
        cases.len(),
        failures.join("\n")
    );
}

fn play(node: &impl Fn(Call) -> Result<Outcome, NodeError>, case: &Case) -> Report {
    world(|world| {
        *world = World {
            exchanges: case.http.clone().into(),
            mails: case.mail.clone().into(),
            resumed: case.resumed.as_ref().map(CaseResumption::resumption),
            now_ms: case.context.run_time_ms,
            ..World::default()
        }
    });
    let mut problems = Vec::new();
    for before in &case.before {
        let call = call(&case.earlier(before), &mut problems);
        if let Err(error) = node(call) {
            problems.push(format!("an earlier call failed: {error}"));
        }
        // Nothing but values is left of it.
        world(|world| world.scope = None);
    }
    let call = call(case, &mut problems);
    let inputs = call.inputs.clone();
    let result = node(call);
    let world = world(std::mem::take);
    problems.extend(world.problems);
    if let Some(exchange) = world.exchanges.front() {
        problems.push(format!(
            "the recorded request {} {} was not made",
            exchange.request.method, exchange.request.url
        ));
    }
    if let Some(mail) = world.mails.front() {
        problems.push(format!("the expected message {} was not sent", mail.message));
    }
    if world.suspension.is_some() && !world.variables.is_empty() {
        problems.push("the call set variables and asked for a suspension".to_owned());
    }
    if world.suspension.is_some() && world.response.is_some() {
        problems.push("the call answered and asked for a suspension".to_owned());
    }
    problems.extend(suspension::fits(world.suspension.as_ref(), &result).err());
    Report {
        result,
        inputs,
        log: world.log,
        problems,
        suspension: world.suspension,
        variables: world.variables,
        response: world.response,
        blobs: world.blobs,
    }
}

fn call(case: &Case, problems: &mut Vec<String>) -> Call {
    let mut inputs = Vec::new();
    for (input, (port, recorded)) in (0u32..).zip(&case.input) {
        let items = (0u32..)
            .zip(recorded)
            .map(|(index, item)| item.to_item(ItemRef { input, index }));
        match items.collect() {
            Ok(items) => inputs.push(Input {
                port: port.clone(),
                items,
            }),
            Err(problem) => problems.push(problem),
        }
    }
    Call {
        params: case.call_params(),
        inputs,
        context: case.call_context(),
    }
}
