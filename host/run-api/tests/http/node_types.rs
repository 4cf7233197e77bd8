use monshyflow_manifest::{Manifest, embed, extract};
use serde_json::{Value, json};

use crate::answer::{Answer, ask};
use crate::fixture::fixture;

const PLACE: &str = "/api/node-types/{name}/{version}";
const GRANTS: &str = "/api/node-types/{name}/{version}/grants";

fn upload(wasm: Vec<u8>) -> Answer {
    ask("POST", "/api/node-types", &[])
        .key(other())
        .bytes("application/wasm", wasm)
        .send()
}

/// This life is that of another tenant, so that the tests of `local` can use the same node type.
fn other() -> Option<String> {
    Some(fixture().key("other"))
}

pub(crate) fn a_node_type_lives() {
    let own = ["no-such-node", "1"];
    ask("GET", PLACE, &own)
        .key(other())
        .send()
        .problem(404, "not-found");
    let builtin = ask("GET", PLACE, &["set", "1"]).key(other()).send().expect(200);
    assert_eq!(
        (builtin["name"].as_str(), builtin["builtin"].as_bool()),
        (Some("set@1"), Some(true))
    );
    assert_eq!(builtin["manifest"]["kind"], "action");

    let uploaded = upload(renamed("http-request", "http-probing"));
    assert_eq!(uploaded.header("location"), "/api/node-types/http-probing/1");
    let uploaded = uploaded.expect(201);
    assert_eq!(uploaded["digest"].as_str().unwrap().len(), 64);
    assert_eq!(
        (&uploaded["grants"], &uploaded["missing"][0]["kind"]),
        (&json!([]), &json!("http"))
    );
    let place = ["http-probing", "1"];
    ask("GET", PLACE, &place).send().problem(404, "not-found");
    let listed = ask("GET", "/api/node-types", &[]).key(other()).send().expect(200);
    let names: Vec<&str> = listed["items"]
        .as_array()
        .unwrap()
        .iter()
        .map(|item| item["name"].as_str().unwrap())
        .collect();
    assert!(
        names.contains(&"http-probing@1") && names.contains(&"set@1"),
        "{names:?}"
    );

    let grants = json!({ "grants": [{ "kind": "http", "targets": ["https://api.example.com"] }] });
    let granted = ask("PUT", GRANTS, &place)
        .key(other())
        .json(&grants)
        .send()
        .expect(200);
    assert_eq!(
        (&granted["grants"], &granted["missing"]),
        (&grants["grants"], &json!([]))
    );
    assert_eq!(ask("GET", GRANTS, &place).key(other()).send().expect(200), grants);
    let tagged = |tag: &str| {
        ask("PUT", GRANTS, &place)
            .key(other())
            .header("if-match", tag)
            .json(&grants)
            .send()
    };
    let read = ask("GET", GRANTS, &place).key(other()).send();
    let seen = read.header("etag").to_owned();
    let newer = tagged(&seen);
    let tag = newer.header("etag").to_owned();
    newer.expect(200);
    assert_ne!(tag, seen);
    let refused = tagged(&seen).problem(412, "precondition-failed");
    assert_eq!(format!("\"{}\"", refused["currentVersion"]), tag);
    let read = ask("GET", GRANTS, &place).key(other()).send();
    assert_eq!(read.header("etag"), tag, "the refused change left nothing");
    let clock = json!({ "grants": [{ "kind": "clock" }] });
    ask("PUT", GRANTS, &place)
        .key(other())
        .json(&clock)
        .send()
        .problem(422, "grant-not-requested");
    every_form_can_be_granted(&place);
    let unknown = json!({ "grants": [{ "kind": "everything" }] });
    ask("PUT", GRANTS, &place)
        .key(other())
        .json(&unknown)
        .send()
        .problem(422, "invalid-body");

    ask("DELETE", PLACE, &place).key(other()).send().expect(204);
    ask("GET", PLACE, &place)
        .key(other())
        .send()
        .problem(404, "not-found");
    ask("DELETE", PLACE, &["set", "1"])
        .key(other())
        .send()
        .problem(409, "node-type-builtin");
    for nonsense in [["set", "x"], ["SET", "1"], ["..", "1"], ["set", "4294967296"]] {
        ask("GET", PLACE, &nonsense)
            .key(other())
            .send()
            .problem(404, "not-found");
    }
}

pub(crate) fn node_types_come_in_pages() {
    let list = |query: &str| ask("GET", "/api/node-types", &[]).query(query).send();
    let names = |page: &Value| -> Vec<String> {
        let items = page["items"].as_array().unwrap().iter();
        items
            .map(|item| item["name"].as_str().unwrap().to_owned())
            .collect()
    };
    let whole = list("limit=200").expect(200);
    assert_eq!(whole.get("nextCursor"), None);
    let (mut seen, mut query) = (Vec::new(), "limit=2".to_owned());
    loop {
        let page = list(&query).expect(200);
        assert!((1..=2).contains(&names(&page).len()), "{page}");
        seen.extend(names(&page));
        let Some(cursor) = page["nextCursor"].as_str() else {
            break;
        };
        query = format!("limit=2&cursor={cursor}");
    }
    let mut sorted = seen.clone();
    sorted.sort();
    sorted.dedup();
    assert_eq!(seen, sorted);
    for builtin in ["manual-trigger@1", "no-op@1", "set@1"] {
        assert!(seen.iter().any(|name| name == builtin), "{seen:?}");
    }
    list("cursor=zz").problem(400, "bad-cursor");
    for bad in ["limit=0", "limit=201", "page=2"] {
        list(bad).problem(400, "invalid-query");
    }
}

pub(crate) fn bad_components_are_refused() {
    upload(b"not wasm".to_vec()).problem(422, "invalid-wasm");
    upload(b"\0asm\x01\0\0\0".to_vec()).problem(422, "core-module");
    let whole = monshyflow_testkit::node("set");
    upload(whole[..whole.len() / 2].to_vec()).problem(422, "invalid-wasm");
    upload(whole).problem(409, "node-type-name-taken");
    let as_json = ask("POST", "/api/node-types", &[]).key(other()).json(&json!({}));
    as_json.send().problem(415, "unsupported-media-type");
    upload(vec![0; (32 << 20) + 1]).problem(413, "body-too-large");
}

/// What a manifest promises is tried before anybody can use the node.
pub(crate) fn examples_of_a_manifest_are_tried() {
    let showing = |params: Value, output: Value| {
        let model = monshyflow_testkit::node("no-op");
        let mut manifest: Value = serde_json::from_slice(extract(&model).unwrap()).unwrap();
        manifest["name"] = json!("probe-shown");
        manifest["outputs"][0]["name"] = json!("out");
        manifest["parameters"] = json!({ "type": "object" });
        manifest["examples"] = json!([{ "title": "Greets", "params": params, "input": [{ "a": 1 }], "output": { "out": [output] } }]);
        let manifest = Manifest::parse(manifest.to_string().as_bytes()).unwrap();
        upload(embed(&monshyflow_testkit::probe(), &manifest).unwrap())
    };
    let copy = json!({ "mode": "copy" });
    let refused = showing(copy.clone(), json!({ "a": 2 }));
    let refused = refused.problem(422, "example-failed");
    let detail = refused["detail"].as_str().unwrap();
    assert!(
        detail.contains("`Greets`") && detail.contains("\"a\":2"),
        "{detail}"
    );
    ask("GET", PLACE, &["probe-shown", "1"])
        .key(other())
        .send()
        .problem(404, "not-found");
    // What an expression becomes is known in a run only.
    showing(json!({ "mode": "{{ $json.a }}" }), json!("unknown")).expect(201);
    showing(copy, json!({ "a": 1 })).expect(201);
    ask("DELETE", PLACE, &["probe-shown", "1"])
        .key(other())
        .send()
        .expect(204);
}

/// A built node under another name of the same length, by rewriting its manifest's bytes.
fn renamed(node: &str, name: &str) -> Vec<u8> {
    assert_eq!(node.len(), name.len());
    let mut wasm = monshyflow_testkit::node(node);
    let (from, to) = (format!("\"name\":\"{node}\""), format!("\"name\":\"{name}\""));
    let at = wasm
        .windows(from.len())
        .position(|window| window == from.as_bytes())
        .expect("the manifest names the node");
    wasm[at..at + to.len()].copy_from_slice(to.as_bytes());
    wasm
}

fn every_form_can_be_granted(place: &[&str]) {
    let http = |targets: &[&str]| json!({ "kind": "http", "targets": targets });
    // Every form that docs/egress.md shows; one kind stands once, whatever the order.
    let forms = json!({ "grants": [http(&["GET,HEAD https://a.example", "a.example:*"]), http(&["*.a.example:8443"])] });
    let together = http(&["GET,HEAD https://a.example", "a.example:*", "*.a.example:8443"]);
    let granted = ask("PUT", GRANTS, place)
        .key(other())
        .json(&forms)
        .send()
        .expect(200);
    assert_eq!(granted["grants"], json!([together]));
    ask("PUT", GRANTS, place)
        .key(other())
        .json(&json!({ "grants": [http(&["https://a.example/path"])] }))
        .send()
        .problem(422, "grant-invalid");
}

/// A grant lies within what the manifest asks for, and so does what an older component was granted.
pub(crate) fn nothing_is_granted_that_was_not_asked_for() {
    let asks = |targets: &[&str]| {
        let model = monshyflow_testkit::node("http-request");
        let mut manifest: Value = serde_json::from_slice(extract(&model).unwrap()).unwrap();
        manifest["name"] = json!("http-narrow");
        manifest["capabilities"] = json!([{ "kind": "http", "targets": targets, "reason": "to ask" }]);
        let manifest = Manifest::parse(manifest.to_string().as_bytes()).unwrap();
        embed(&monshyflow_testkit::probe(), &manifest).unwrap()
    };
    let place = ["http-narrow", "1"];
    let put = |targets: &[&str]| {
        let grants = json!({ "grants": [{ "kind": "http", "targets": targets }] });
        ask("PUT", GRANTS, &place).key(other()).json(&grants).send()
    };
    upload(asks(&["https://api.example.com", "*.b.example:8443"])).expect(201);
    for wider in ["*", "api.example.com", "https://api.example.com:*", "*.b.example"] {
        put(&[wider]).problem(422, "grant-not-requested");
    }
    let narrow = ["GET https://api.example.com", "x.b.example:8443"];
    assert_eq!(put(&narrow).expect(200)["grants"][0]["targets"], json!(narrow));
    // The next component asks for less.
    upload(asks(&["https://api.example.com"])).expect(201);
    let left = ask("GET", GRANTS, &place).key(other()).send().expect(200);
    assert_eq!(left["grants"][0]["targets"], json!([narrow[0]]));
    ask("DELETE", PLACE, &place).key(other()).send().expect(204);
}
