//! Workflows as text. Statements are separated by `;` or line ends:
//!
//! ```text
//! start > a, b                edges from the first output port to the first input port
//! if.false > join.in-1        edges between named ports
//! a: retry 3 every 100        also `factor 150`, `max 500`, `continue`, `port`, `run-on-empty`, `disabled`, `pinned 2`
//! each.body > a; a > each.next; each > b      a loop goes on by `done`
//! concurrency 2
//! ```
//!
//! A node's type is its name without digits at the end: `start`, `if`, `join`, `end`, `each`; any other name is a plain step. Nodes
//! are numbered in the order in which they are first named.

use std::collections::BTreeMap;
use std::sync::Arc;

use monshyflow_manifest::{Manifest, TypeName};
use monshyflow_workflow::{Document, NodeType, Workflow, check};
use serde_json::{Map, Value, json};

const DIGEST: &str = "0000000000000000000000000000000000000000000000000000000000000000";

pub(crate) fn workflow(text: &str) -> Workflow {
    let mut draft = Draft::default();
    for statement in text
        .split([';', '\n'])
        .map(str::trim)
        .filter(|statement| !statement.is_empty())
    {
        draft.add(statement);
    }
    let document = json!({
        "name": "test",
        "nodes": draft.nodes,
        "edges": draft.edges,
        "settings": draft.settings,
        "pinned": draft.pinned,
    });
    let document = Document::parse(document.to_string().as_bytes()).expect("a document");
    check(document, &node_types()).unwrap_or_else(|problems| panic!("{text:.500}\n{problems:#?}"))
}

#[derive(Default)]
struct Draft {
    nodes: Vec<Value>,
    edges: Vec<Value>,
    settings: Map<String, Value>,
    pinned: Map<String, Value>,
}

impl Draft {
    fn add(&mut self, statement: &str) {
        if let Some((from, to)) = statement.split_once('>') {
            for to in to.split(',') {
                let from = self.end(from.trim(), false);
                let to = self.end(to.trim(), true);
                self.edges.push(json!({"from": from, "to": to}));
            }
        } else if let Some((node, settings)) = statement.split_once(':') {
            let node = self.node(node.trim());
            set(&mut self.nodes[node], settings);
            self.pin(node, settings);
        } else if let Some(places) = statement.strip_prefix("concurrency ") {
            self.settings.insert("concurrency".into(), number(places));
        } else {
            self.node(statement);
        }
    }

    fn pin(&mut self, node: usize, settings: &str) {
        let Some((_, count)) = settings.split_once("pinned ") else {
            return;
        };
        let name = self.nodes[node]["id"].as_str().expect("an id").to_owned();
        let count = count.split_whitespace().next().unwrap_or_default();
        let items: Vec<Value> = (0..count.parse().expect("a number"))
            .map(|n| json!({"pin": n}))
            .collect();
        let port = first_port(kind(&name), false);
        self.pinned.insert(name, json!({port: items}));
    }

    fn end(&mut self, text: &str, input: bool) -> Value {
        let (name, port) = text
            .split_once('.')
            .unwrap_or((text, first_port(kind(text), input)));
        self.node(name);
        json!({"node": name, "port": port})
    }

    fn node(&mut self, name: &str) -> usize {
        let known = self.nodes.iter().position(|node| node["id"] == name);
        known.unwrap_or_else(|| {
            let node_type = format!("{}@1", kind(name));
            self.nodes
                .push(json!({"id": name, "name": name, "type": node_type, "settings": {}}));
            self.nodes.len() - 1
        })
    }
}

fn set(node: &mut Value, settings: &str) {
    let mut words = settings.split_whitespace();
    while let Some(word) = words.next() {
        let mut next = || number(words.next().expect("a number"));
        let here = &mut node["settings"];
        match word {
            "disabled" => node["disabled"] = true.into(),
            "run-on-empty" => here["runOnEmpty"] = true.into(),
            "pinned" => drop(next()),
            "continue" | "port" => here["onError"] = word.into(),
            "retry" => here["retry"] = json!({"attempts": next(), "delayMs": 0}),
            "every" => here["retry"]["delayMs"] = next(),
            "factor" => here["retry"]["factorPercent"] = next(),
            "max" => here["retry"]["maxDelayMs"] = next(),
            _ => panic!("no such setting: {word}"),
        }
    }
}

fn number(text: &str) -> Value {
    text.parse::<u64>().expect("a number").into()
}

fn kind(name: &str) -> &'static str {
    let name = name.split('.').next().unwrap_or(name);
    match name.trim_end_matches(|c: char| c.is_ascii_digit()) {
        "start" => "start",
        "if" => "if",
        "join" => "join",
        "end" => "end",
        "each" => "each",
        _ => "step",
    }
}

fn first_port(kind: &str, input: bool) -> &'static str {
    match (kind, input) {
        ("join", true) => "in-0",
        (_, true) => "in",
        ("if", false) => "true",
        ("each", false) => "done",
        (_, false) => "out",
    }
}

fn node_types() -> BTreeMap<TypeName, Arc<NodeType>> {
    let port = |name: &str| json!({"name": name, "title": name, "required": true});
    let family = json!({"name": "in", "title": "in", "required": true, "repeats": 3});
    let types = [
        manifest("start", "trigger", json!([]), json!([port("out")])),
        manifest("step", "action", json!([port("in")]), json!([port("out")])),
        manifest(
            "if",
            "control",
            json!([port("in")]),
            json!([port("true"), port("false")]),
        ),
        manifest("join", "control", json!([family]), json!([port("out")])),
        manifest("end", "control", json!([port("in")]), json!([])),
        manifest(
            "each",
            "loop",
            json!([port("in"), {"name": "next", "title": "next"}]),
            json!([port("body"), port("done")]),
        ),
    ];
    types
        .into_iter()
        .map(|node_type| (node_type.name.clone(), Arc::new(node_type)))
        .collect()
}

fn manifest(name: &str, kind: &str, inputs: Value, outputs: Value) -> NodeType {
    let manifest = json!({
        "contract": "0.1", "name": name, "version": "1.0.0", "title": name, "description": name,
        "category": "test", "kind": kind, "mode": "all", "inputs": inputs, "outputs": outputs,
        "parameters": {"type": "object"},
    });
    let manifest: Manifest = serde_json::from_value(manifest).expect("a manifest");
    NodeType::from_manifest(manifest, DIGEST).expect("a node type")
}
