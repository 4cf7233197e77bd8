//! Manifests as strangers send them.

use monshyflow_manifest::{Manifest, NodeToml, Parts, SECTION, SectionError, embed, extract};
use proptest::prelude::*;
use serde_json::{Value, json};

const COMPONENT: &[u8] = b"\0asm\x0d\0\x01\0";

fn good() -> Value {
    json!({
        "contract": "0.1", "name": "http-request", "version": "1.2.3", "title": "HTTP Request",
        "description": "Sends requests.", "category": "Core", "kind": "action", "mode": "each",
        "inputs": [{"name": "main", "title": "Items", "required": true}],
        "outputs": [{"name": "main", "title": "Items"}, {"name": "case", "title": "Case", "repeats": 3}],
        "parameters": {"type": "object", "properties": {"url": {"type": "string"}}, "required": ["url"]},
        "credentials": [{"name": "auth", "title": "Auth", "accepts": ["bearer"], "optional": true}],
        "capabilities": [
            {"kind": "http", "targets": ["*"], "reason": "to send what you ask for"},
            {"kind": "credentials", "targets": ["auth"], "reason": "to sign in"}],
        "limits": {"timeoutMs": 30000},
        "examples": [{"title": "Get", "params": {"url": "https://example.com"}, "input": [{}], "output": {"case-2": [{}]}}]
    })
}

fn parse(manifest: &Value) -> Result<Manifest, monshyflow_manifest::ManifestError> {
    Manifest::parse(manifest.to_string().as_bytes())
}

#[test]
fn a_good_manifest_passes_and_comes_back_out_of_a_component() {
    let manifest = parse(&good()).unwrap();
    let component = embed(COMPONENT, &manifest).unwrap();
    assert_eq!(Manifest::parse(extract(&component).unwrap()).unwrap(), manifest);
    assert_eq!(embed(&component, &manifest), Err(SectionError::Twice));
    let section = &component[COMPONENT.len()..];
    assert_eq!(
        extract(&[&component[..], section].concat()),
        Err(SectionError::Twice)
    );
}

#[test]
fn only_the_sections_of_the_component_itself_count() {
    let manifest = parse(&good()).unwrap();
    let inner = embed(COMPONENT, &manifest).unwrap();
    let mut outer = COMPONENT.to_vec();
    outer.push(4);
    let mut length = inner.len();
    while length >= 0x80 {
        outer.push(length as u8 | 0x80);
        length >>= 7;
    }
    outer.push(length as u8);
    outer.extend_from_slice(&inner);
    assert_eq!(extract(&outer), Err(SectionError::Missing));
}

#[test]
fn what_is_no_component_says_so() {
    for (bytes, why) in [
        (&b"\0asm\x01\0\0\0"[..], "core module"),
        (b"\0asm\x0c\0\x01\0", "version"),
        (b"#!/bin/sh", "start"),
        (b"", "start"),
        (b"\0asm\x0d\0\x01\0\0", "cut off"),
        (b"\0asm\x0d\0\x01\0\0\xff\xff\xff\xff\x0fx", "cut off"),
        (b"\0asm\x0d\0\x01\0\0\xff\xff\xff\xff\xff\xff", "cut off"),
    ] {
        let error = extract(bytes).unwrap_err();
        assert!(error.to_string().contains(why), "{bytes:?}: {error}");
    }
    assert_eq!(extract(COMPONENT), Err(SectionError::Missing));
    assert_eq!(SECTION, "monshyflow:node");
}

#[test]
fn each_fault_is_found_at_its_place() {
    let cases: Vec<(&str, Value)> = vec![
        ("/contract", json!("9.9")),
        ("/name", json!("HTTP")),
        ("/version", json!("1.0")),
        ("/version", json!("4294967296.0.0")),
        ("/title", json!("")),
        ("/description", json!("two\nlines")),
        ("/documentation", json!("x".repeat(300_000))),
        (
            "/icon",
            json!("<svg xmlns='http://www.w3.org/2000/svg'><script/></svg>"),
        ),
        ("/kind", json!("sink")),
        ("/inputs", json!([])),
        ("/inputs/0/name", json!("Main")),
        ("/outputs/0/name", json!("error")),
        ("/outputs/1/repeats", json!(0)),
        ("/outputs/0/items", json!({"type": "thing"})),
        ("/parameters/type", json!("array")),
        (
            "/parameters",
            json!({"type": "object", "properties": {"a": {"$ref": "https://example.com/s"}}}),
        ),
        (
            "/parameters",
            json!({"type": "object", "properties": {"a": {"pattern": "("}}}),
        ),
        ("/parameters", json!({"type": "object", "required": "url"})),
        ("/credentials/0/accepts", json!([])),
        ("/capabilities/0/targets", json!([])),
        ("/capabilities/0/targets/0", json!("https://example.com/path")),
        ("/capabilities/1/targets/0", json!("nobody")),
        ("/capabilities/0/reason", json!("")),
        ("/limits/timeoutMs", json!(0)),
        ("/examples/0/params/url", json!(5)),
        ("/examples/0/output", json!({"case-3": []})),
        ("/surprise", json!(1)),
    ];
    for (pointer, value) in cases {
        let mut manifest = good();
        match manifest.pointer_mut(pointer) {
            Some(place) => *place = value,
            None => {
                let (parent, key) = pointer.rsplit_once('/').unwrap();
                manifest.pointer_mut(parent).unwrap()[key] = value;
            }
        }
        let error = parse(&manifest).unwrap_err();
        assert!(
            error.faults.iter().any(|fault| fault.pointer == pointer),
            "{pointer}: {error}"
        );
    }
}

#[test]
fn all_faults_come_at_once() {
    let mut manifest = good();
    manifest["name"] = json!("");
    manifest["version"] = json!("x");
    manifest["kind"] = json!("trigger");
    let faults = parse(&manifest).unwrap_err().faults;
    assert_eq!(
        faults
            .iter()
            .map(|fault| fault.pointer.as_str())
            .collect::<Vec<_>>(),
        ["/name", "/version", "/inputs"]
    );
}

#[test]
fn a_family_may_not_spell_the_name_of_another_port() {
    let mut manifest = good();
    manifest["outputs"][0]["name"] = json!("case-1");
    assert_eq!(parse(&manifest).unwrap_err().faults[0].pointer, "/outputs/1/name");
}

#[test]
fn node_toml_and_its_parts_make_a_manifest() {
    let text = r#"
        name = "no-op"
        version = "1.0.0"
        title = "No Operation"
        description = "Passes every item on."
        category = "Flow"
        kind = "control"
        mode = "each"
        icon = "icon.svg"
        [[inputs]]
        name = "main"
        title = "Items"
        required = true
        [[outputs]]
        name = "main"
        title = "Items"
        [[capabilities]]
        kind = "kv"
        targets = ["workflow"]
        reason = "to remember"
        [limits]
        timeout-ms = 100
    "#;
    let parts = |parameters| Parts {
        parameters,
        examples: Vec::new(),
        documentation: "# No-op".into(),
        icon: String::new(),
    };
    let node = NodeToml::parse(text).unwrap();
    assert_eq!(node.icon.as_deref(), Some("icon.svg"));
    let manifest = Manifest::from_parts(node.clone(), parts(json!({"type": "object"}))).unwrap();
    assert_eq!(
        (manifest.limits.timeout_ms, manifest.is_pure()),
        (Some(100), false)
    );
    assert_eq!(
        Manifest::parse(serde_json::to_string(&manifest).unwrap().as_bytes()).unwrap(),
        manifest
    );

    let error = Manifest::from_parts(node, parts(json!(true))).unwrap_err();
    assert_eq!(error.faults[0].pointer, "/parameters/type");
    let error = NodeToml::parse(&text.replace("icon =", "ikon ="))
        .unwrap_err()
        .to_string();
    assert!(error.contains("ikon") && error.contains("line 9"), "{error}");
}

#[test]
fn the_seeds_of_the_fuzz_target_are_good() {
    let seed = |name: &str| {
        std::fs::read(format!(
            "{}/../../fuzz/seeds/manifest/{name}",
            env!("CARGO_MANIFEST_DIR")
        ))
        .unwrap()
    };
    let manifest = Manifest::parse(&seed("good.json")).unwrap();
    assert_eq!(
        Manifest::parse(extract(&seed("component.wasm")).unwrap()).unwrap(),
        manifest
    );
    NodeToml::parse(std::str::from_utf8(&seed("node.toml")).unwrap()).unwrap();
}

proptest! {
    #[test]
    fn no_bytes_make_it_panic(bytes in prop::collection::vec(any::<u8>(), 0..200), header in any::<bool>()) {
        let bytes = if header { [COMPONENT, &bytes[..]].concat() } else { bytes };
        let _ = extract(&bytes);
        let _ = Manifest::parse(&bytes);
    }
}

#[test]
fn a_loop_has_its_four_ports_and_takes_all_items_at_once() {
    let mut for_each = good();
    for_each["kind"] = json!("loop");
    for_each["mode"] = json!("all");
    for_each["inputs"] =
        json!([{"name": "in", "title": "Items", "required": true}, {"name": "next", "title": "Next"}]);
    for_each["outputs"] = json!([{"name": "body", "title": "Body"}, {"name": "done", "title": "Done"}]);
    for_each["examples"] = json!([]);
    parse(&for_each).unwrap();
    type Change = fn(&mut Value);
    let changes: [(&str, Change); 7] = [
        ("/mode", |bad| bad["mode"] = json!("each")),
        ("/inputs", |bad| bad["inputs"][1]["name"] = json!("nxt")),
        ("/inputs", |bad| bad["inputs"][0]["repeats"] = json!(2)),
        ("/inputs/0/required", |bad| {
            bad["inputs"][0]["required"] = json!(false)
        }),
        ("/inputs/1/required", |bad| {
            bad["inputs"][1]["required"] = json!(true)
        }),
        ("/outputs", |bad| bad["outputs"] = json!([])),
        ("/outputs", |bad| bad["outputs"][1]["name"] = json!("end")),
    ];
    for (pointer, change) in changes {
        let mut bad = for_each.clone();
        change(&mut bad);
        let error = parse(&bad).unwrap_err();
        assert!(
            error.faults.iter().any(|fault| fault.pointer == pointer),
            "{error}"
        );
    }
}
