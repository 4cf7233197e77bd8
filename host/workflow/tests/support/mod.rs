//! Node types and documents for the tests.

use std::collections::BTreeMap;
use std::sync::Arc;

use monshyflow_manifest::{Manifest, TypeName};
use monshyflow_workflow::{Document, NodeType, NodeTypes, Problem, Workflow, check};
use serde_json::{Value, json};

pub(crate) struct Types(BTreeMap<TypeName, Arc<NodeType>>);

impl NodeTypes for Types {
    fn get(&self, name: &TypeName) -> Option<Arc<NodeType>> {
        self.0.get(name).cloned()
    }

    fn names(&self) -> Vec<TypeName> {
        self.0.keys().cloned().collect()
    }

    fn missing_grants(&self, node_type: &NodeType) -> Vec<String> {
        let http = node_type.name.name() == "mail";
        http.then(|| "http to smtp.example.com".to_owned())
            .into_iter()
            .collect()
    }
}

pub(crate) fn types() -> Types {
    let main = json!([{"name": "main", "title": "Items", "required": true}]);
    let out = json!([{"name": "main", "title": "Items"}]);
    let family = json!([{"name": "in", "title": "Input", "required": true, "repeats": 3}]);
    let request = json!({
        "type": "object",
        "properties": {
            "url": {"type": "string", "minLength": 1},
            "method": {"enum": ["GET", "POST"]},
            "retries": {"type": "integer", "maximum": 5},
            "body": {"oneOf": [
                {"type": "object", "properties": {"kind": {"const": "json"}, "json": {}}, "required": ["kind", "json"]},
                {"type": "object", "properties": {"kind": {"const": "text"}, "text": {"type": "string"}},
                 "required": ["kind", "text"]}
            ]}
        },
        "required": ["url"],
        "additionalProperties": false
    });
    let any = json!({"type": "object"});
    let slots = json!([{"name": "auth", "title": "Sign in", "accepts": ["bearer", "basic"]}]);
    let all = [
        (
            "manual-trigger",
            "trigger",
            json!([]),
            out.clone(),
            any.clone(),
            json!([]),
        ),
        (
            "http-request",
            "action",
            main.clone(),
            out.clone(),
            request,
            json!([]),
        ),
        ("set", "action", main.clone(), out.clone(), any.clone(), json!([])),
        (
            "if",
            "control",
            main.clone(),
            json!([{"name": "true", "title": "True"}, {"name": "false", "title": "False"}]),
            any.clone(),
            json!([]),
        ),
        ("merge", "control", family, out.clone(), any.clone(), json!([])),
        ("mail", "action", main, out, any.clone(), slots),
        (
            "for-each",
            "loop",
            json!([{"name": "in", "title": "Items", "required": true}, {"name": "next", "title": "Next"}]),
            json!([{"name": "body", "title": "Body"}, {"name": "done", "title": "Done"}]),
            any,
            json!([]),
        ),
    ];
    let types = all
        .into_iter()
        .map(|(name, kind, inputs, outputs, parameters, credentials)| {
            let manifest = json!({
                "contract": "0.1", "name": name, "version": "1.0.0", "title": name, "description": name,
                "category": "Test", "kind": kind, "mode": if kind == "loop" { "all" } else { "each" }, "inputs": inputs, "outputs": outputs,
                "parameters": parameters, "credentials": credentials,
            });
            let manifest = Manifest::parse(manifest.to_string().as_bytes()).expect("a manifest");
            let node_type = NodeType::from_manifest(manifest, "00").expect("a node type");
            (node_type.name.clone(), Arc::new(node_type))
        });
    Types(types.collect())
}

/// A node whose id is its name in lower case.
pub(crate) fn node(name: &str, node_type: &str, params: Value) -> Value {
    json!({"id": name.to_lowercase(), "name": name, "type": format!("{node_type}@1"), "params": params})
}

/// Edges between the ports `main`, or others named behind a dot: `a.true > b`.
pub(crate) fn edges(text: &str) -> Value {
    let end = |text: &str| {
        let (node, port) = text.trim().split_once('.').unwrap_or((text.trim(), "main"));
        json!({"node": node, "port": port})
    };
    let edges = text
        .split(',')
        .filter(|edge| !edge.trim().is_empty())
        .map(|edge| {
            let (from, to) = edge.split_once('>').expect("an edge");
            json!({"from": end(from), "to": end(to)})
        });
    edges.collect()
}

pub(crate) fn document(nodes: Vec<Value>, edges_text: &str) -> Value {
    json!({"name": "Test", "nodes": nodes, "edges": edges(edges_text)})
}

pub(crate) fn run_check(document: &Value) -> Result<Workflow, Vec<Problem>> {
    let document = Document::parse(document.to_string().as_bytes()).expect("a document");
    check(document, &types())
}

/// All problems, a line each; warnings only if there is no error.
pub(crate) fn problems(document: &Value) -> String {
    let problems = match run_check(document) {
        Ok(workflow) => workflow.warnings,
        Err(problems) => problems,
    };
    problems.iter().map(|problem| format!("{problem}\n")).collect()
}
