//! Workflow documents in few words.

use serde_json::{Value, json};

pub(crate) fn node(id: &str, kind: &str, params: Value) -> Value {
    json!({ "id": id, "name": id, "type": kind, "params": params })
}

pub(crate) fn with_settings(mut node: Value, settings: Value) -> Value {
    node["settings"] = settings;
    node
}

/// The nodes one behind the other, behind a trigger. An approval goes on by its first output.
pub(crate) fn chain(nodes: &[Value]) -> Value {
    let mut all = vec![node("start", "manual-trigger@1", json!({}))];
    all.extend_from_slice(nodes);
    document(&all)
}

/// The same for a workflow that others call.
pub(crate) fn called(nodes: &[Value]) -> Value {
    let mut all = vec![node("start", "execute-workflow-trigger@1", json!({}))];
    all.extend_from_slice(nodes);
    document(&all)
}

fn document(nodes: &[Value]) -> Value {
    let edges = nodes.windows(2).map(|pair| {
        let port = match pair[0]["type"].as_str() {
            Some("approval@1") => "approved",
            _ => "main",
        };
        json!({ "from": { "node": pair[0]["id"], "port": port }, "to": { "node": pair[1]["id"], "port": "main" } })
    });
    let edges: Vec<Value> = edges.collect();
    json!({ "name": "time", "nodes": nodes, "edges": edges })
}

/// With a limit of its time.
pub(crate) fn limited(mut document: Value, millis: u64) -> Value {
    document["settings"] = json!({ "timeoutMs": millis });
    document
}

pub(crate) fn wait(id: &str, seconds: f64) -> Value {
    node(id, "wait@1", json!({ "amount": seconds, "unit": "second" }))
}

pub(crate) fn wait_until(id: &str, date: &str) -> Value {
    node(id, "wait@1", json!({ "mode": "dateTime", "dateTime": date }))
}

pub(crate) fn no_op(id: &str) -> Value {
    node(id, "no-op@1", json!({}))
}

pub(crate) fn post(id: &str, url: &str) -> Value {
    node(
        id,
        "http-request@1",
        json!({ "method": "POST", "url": url, "idempotencyHeader": "x-step" }),
    )
}
