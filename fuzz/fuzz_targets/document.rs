//! Any bytes as a workflow document: refused with a problem, or checked to an end, and what passes is sound.
#![no_main]

use std::collections::BTreeMap;
use std::sync::{Arc, LazyLock};

use libfuzzer_sys::fuzz_target;
use monshyflow_manifest::{Manifest, TypeName};
use monshyflow_workflow::{Document, NodeType, Problem, Severity, check};
use serde_json::{Value, json};

type Types = BTreeMap<TypeName, Arc<NodeType>>;

static TYPES: LazyLock<Types> = LazyLock::new(|| {
    let main = json!([{"name": "main", "title": "Items", "required": true}]);
    let family = json!([{"name": "in", "title": "Input", "repeats": 3}]);
    let any = json!({"type": "object"});
    let strict = json!({
        "type": "object",
        "properties": {
            "a": {"type": "string", "pattern": "^x"}, "b": {"enum": [1, 2]},
            "c": {"oneOf": [{"type": "object", "properties": {"k": {"const": 1}}}, {"type": "array", "uniqueItems": true}]},
            "d": {"$ref": "#"}
        },
        "if": {"required": ["a"]}, "then": {"required": ["b"]}, "additionalProperties": false
    });
    [
        ("t", "trigger", json!([]), any.clone()),
        ("s", "action", main, strict),
        ("m", "control", family, any),
    ]
    .into_iter()
    .map(|(name, kind, inputs, parameters)| node_type(name, kind, inputs, parameters))
    .collect()
});

fn node_type(name: &str, kind: &str, inputs: Value, parameters: Value) -> (TypeName, Arc<NodeType>) {
    let manifest = json!({
        "contract": "0.1", "name": name, "version": "1.0.0", "title": name, "description": name, "category": "x",
        "kind": kind, "mode": "each", "inputs": inputs, "outputs": [{"name": "main", "title": "Items"}],
        "parameters": parameters, "credentials": [{"name": "auth", "title": "Auth", "accepts": ["basic"], "optional": true}],
    });
    let manifest = Manifest::parse(manifest.to_string().as_bytes()).expect("a manifest");
    let node_type = NodeType::from_manifest(manifest, "00").expect("a node type");
    (node_type.name.clone(), Arc::new(node_type))
}

fuzz_target!(|bytes: &[u8]| {
    let document = match Document::parse(bytes) {
        Ok(document) => document,
        Err(error) => {
            let problem = Problem::from(error);
            assert!(!problem.message.is_empty());
            return;
        }
    };
    let written = serde_json::to_vec(&document).expect("a document can be written");
    Document::parse(&written).expect("what is written can be read");
    match check(document, &*TYPES) {
        Ok(workflow) => {
            for edge in workflow.edges() {
                let (from, to) = (workflow.node(edge.from), workflow.node(edge.to));
                assert!(edge.from_port <= from.node_type.error_port());
                assert!(usize::from(edge.to_port.0) < to.node_type.inputs.len());
            }
        }
        Err(problems) => assert!(problems.iter().any(|problem| problem.severity == Severity::Error)),
    }
});
