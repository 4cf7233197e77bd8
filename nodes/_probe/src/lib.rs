//! A guest that misbehaves on request. The parameter `mode` says how; each mode is one test's need.
//!
//! It speaks the contract without the SDK, since the SDK exists to prevent what happens here.
#![expect(
    clippy::disallowed_methods,
    reason = "a hostile guest does what nobody else may"
)]

mod answers;
mod greed;
mod lies;
mod powers;
mod world;

use serde_json::{Value, json};

wit_bindgen::generate!({ path: "../../wit", world: "node" });

use monshyflow::node::types::{CreatedItem, Item, ItemRef, Output, OutputItem, Params};

struct Probe;

export!(Probe);

/// What a mode has to say: one created item.
type Answer = Result<Outcome, NodeError>;

impl Guest for Probe {
    fn run(call: Call) -> Answer {
        let params: Value = match &call.params {
            Params::Shared(text) => serde_json::from_str(text).unwrap_or_default(),
            Params::PerItem(texts) => json!({ "mode": "per-item", "params": texts }),
        };
        let mode = params["mode"].as_str().unwrap_or("none").to_owned();
        if let Some(answer) = greed::run(&mode, &params) {
            return answer;
        }
        if let Some(answer) = lies::run(&mode, &params) {
            return answer;
        }
        if let Some(answer) = powers::run(&mode, &params, &call) {
            return answer;
        }
        if let Some(answer) = answers::run(&mode, &params) {
            return answer;
        }
        if let Some(answer) = world::run(&mode, &params) {
            return answer;
        }
        match mode.as_str() {
            "none" => emit(Vec::new()),
            "pass" => emit(passed(&call)),
            "copy" => emit(copied(&call)),
            "per-item" => say(params),
            "context" => say(context(&call)),
            _ => fail("unknown-mode", &mode),
        }
    }
}

fn passed(call: &Call) -> Vec<OutputItem> {
    let refs = call.inputs.iter().enumerate().flat_map(|(input, items)| {
        (0..items.items.len()).map(move |index| ItemRef {
            input: input as u32,
            index: index as u32,
        })
    });
    refs.map(OutputItem::Passed).collect()
}

fn copied(call: &Call) -> Vec<OutputItem> {
    let copy = |(index, item): (usize, &Item)| {
        OutputItem::Created(CreatedItem {
            json: item.json.clone(),
            binary: item.binary.clone(),
            source: vec![ItemRef {
                input: 0,
                index: index as u32,
            }],
        })
    };
    call.inputs
        .first()
        .map(|input| input.items.iter().enumerate().map(copy).collect())
        .unwrap_or_default()
}

fn context(call: &Call) -> Value {
    let context = &call.context;
    json!({
        "runId": context.run_id,
        "stepId": context.step_id,
        "nodeName": context.node_name,
        "workflowName": context.workflow_name,
        "attempt": context.attempt,
        "iteration": context.iteration,
        "runTimeMs": context.run_time_ms,
        "timeZone": context.time_zone,
        "keepGoing": context.keep_going,
    })
}

/// All by the port `out`.
fn emit(items: Vec<OutputItem>) -> Answer {
    Ok(Outcome::Emit(vec![Output {
        port: "out".into(),
        items,
    }]))
}

fn created(json: String) -> OutputItem {
    OutputItem::Created(CreatedItem {
        json,
        binary: Vec::new(),
        source: Vec::new(),
    })
}

fn say(value: Value) -> Answer {
    emit(vec![created(value.to_string())])
}

fn fail(code: &str, message: &str) -> Answer {
    Err(node_error(code, message))
}

fn node_error(code: &str, message: &str) -> NodeError {
    NodeError {
        kind: monshyflow::node::types::ErrorKind::Permanent,
        code: code.into(),
        message: message.into(),
        details: None,
        parameter: None,
        item: None,
        retry_after_ms: None,
    }
}
