//! Workflows as text: `start > a; a > b, c; if.false > d; a: port retry`. A node's type is its name without digits: `start`,
//! `if` (ports `true` and `false`), or else a plain step with the ports `in` and `out`.

use std::collections::BTreeMap;
use std::sync::Arc;

use monshyflow_manifest::{Manifest, TypeName};
use monshyflow_workflow::{Document, NodeType, Workflow, check};
use serde_json::{Value, json};

pub(crate) fn workflow(text: &str) -> Arc<Workflow> {
    let mut nodes: Vec<Value> = Vec::new();
    let mut edges = Vec::new();
    for statement in text.split(';').map(str::trim) {
        if let Some((name, settings)) = statement.split_once(':') {
            let node = node(&mut nodes, name.trim());
            for word in settings.split_whitespace() {
                let settings = &mut nodes[node]["settings"];
                match word {
                    "retry" => settings["retry"] = json!({"attempts": 2, "delayMs": 0}),
                    "disabled" => nodes[node]["disabled"] = true.into(),
                    "continue" | "port" => settings["onError"] = word.into(),
                    _ => panic!("no such setting: {word}"),
                }
            }
            continue;
        }
        let (from, targets) = statement.split_once('>').unwrap();
        let (from, port) = from.trim().split_once('.').unwrap_or((from.trim(), ""));
        node(&mut nodes, from);
        let port = if port.is_empty() {
            if kind(from) == "if" { "true" } else { "out" }
        } else {
            port
        };
        for to in targets.split(',').map(str::trim) {
            node(&mut nodes, to);
            edges.push(json!({"from": {"node": from, "port": port}, "to": {"node": to, "port": "in"}}));
        }
    }
    let document = json!({"name": "test", "nodes": nodes, "edges": edges}).to_string();
    let document = Document::parse(document.as_bytes()).unwrap();
    Arc::new(check(document, &node_types()).unwrap_or_else(|problems| panic!("{text}: {problems:#?}")))
}

fn node(nodes: &mut Vec<Value>, name: &str) -> usize {
    nodes
        .iter()
        .position(|node| node["id"] == name)
        .unwrap_or_else(|| {
            let node_type = format!("{}@1", kind(name));
            nodes.push(json!({"id": name, "name": name, "type": node_type, "settings": {}}));
            nodes.len() - 1
        })
}

fn kind(name: &str) -> &'static str {
    match name.trim_end_matches(|c: char| c.is_ascii_digit()) {
        "start" => "start",
        "if" => "if",
        _ => "step",
    }
}

fn node_types() -> BTreeMap<TypeName, Arc<NodeType>> {
    let types = [
        node_type("start", "trigger", &[], &["out"]),
        node_type("step", "action", &["in"], &["out"]),
        node_type("if", "control", &["in"], &["true", "false"]),
    ];
    types
        .into_iter()
        .map(|node_type| (node_type.name.clone(), Arc::new(node_type)))
        .collect()
}

fn node_type(name: &str, kind: &str, inputs: &[&str], outputs: &[&str]) -> NodeType {
    let ports = |names: &[&str]| -> Vec<Value> {
        names
            .iter()
            .map(|name| json!({"name": name, "title": name, "required": true}))
            .collect()
    };
    let manifest = json!({
        "contract": "0.1", "name": name, "version": "1.0.0", "title": name, "description": name,
        "category": "test", "kind": kind, "mode": "all", "inputs": ports(inputs), "outputs": ports(outputs),
        "parameters": {"type": "object"},
    });
    let manifest: Manifest = serde_json::from_value(manifest).unwrap();
    NodeType::from_manifest(manifest, &"0".repeat(64)).unwrap()
}
