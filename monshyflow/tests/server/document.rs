//! Workflow documents in few words.

use serde_json::{Value, json};

pub(crate) fn node(id: &str, kind: &str, params: Value) -> Value {
    json!({ "id": id, "name": id, "type": kind, "params": params })
}

pub(crate) fn trigger() -> Value {
    node("start", "manual-trigger@1", json!({}))
}

/// `a.port > b.port`, ports default to `main`.
pub(crate) fn workflow(name: &str, nodes: &[Value], edges: &[&str]) -> Value {
    let end = |text: &str| {
        let (node, port) = text.trim().split_once('.').unwrap_or((text.trim(), "main"));
        json!({ "node": node, "port": port })
    };
    let edges: Vec<Value> = edges
        .iter()
        .map(|edge| {
            let (from, to) = edge.split_once('>').unwrap();
            json!({ "from": end(from), "to": end(to) })
        })
        .collect();
    json!({ "name": name, "nodes": nodes, "edges": edges })
}

pub(crate) fn set(id: &str, name: &str, value: Value) -> Value {
    node(
        id,
        "set@1",
        json!({ "fields": [{ "name": name, "value": value }] }),
    )
}

pub(crate) fn post(id: &str, url: &str) -> Value {
    node(
        id,
        "http-request@1",
        json!({ "method": "POST", "url": url, "idempotencyHeader": "x-step" }),
    )
}
