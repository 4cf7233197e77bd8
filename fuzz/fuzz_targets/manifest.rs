//! Any bytes as a manifest, as a component that holds one, and as a `node.toml`.
#![no_main]

use libfuzzer_sys::fuzz_target;
use monshyflow_manifest::{Manifest, NodeToml, embed, extract};
use monshyflow_workflow::NodeType;
use serde_json::json;

fuzz_target!(|bytes: &[u8]| {
    let _ = extract(bytes);
    if let Ok(text) = std::str::from_utf8(bytes) {
        let _ = NodeToml::parse(text);
    }
    let Ok(manifest) = Manifest::parse(bytes) else {
        return;
    };
    let component = embed(b"\0asm\x0d\0\x01\0", &manifest).expect("a component can take a manifest");
    let again = Manifest::parse(extract(&component).expect("it is there")).expect("it is good");
    assert_eq!(again, manifest);
    let node_type = NodeType::from_manifest(manifest, "00").expect("a checked manifest makes a node type");
    for params in [
        json!({}),
        json!({"a": {"a": {"a": [1, "x", null, {"b": 2}]}}, "b": "text"}),
    ] {
        let _ = node_type.check_params(&params);
    }
});
