//! A tenant uploads a hostile node over HTTP and runs it: each attack ends with its own code, and the server goes on.

use std::time::{Duration, Instant};

use monshyflow_manifest::{Manifest, embed, extract};
use serde_json::{Value, json};
use ureq::http::Method;

use crate::document::{node, set, trigger, workflow};
use crate::support::{Answer, Server};

/// What the guest does, how much of it, and how its run ends.
const ATTACKS: &[(&str, u64, &str)] = &[
    ("loop", 0, "timed-out"),
    ("sleep", 60_000, "timed-out"),
    ("recurse", 100_000_000, "stack-overflow"),
    ("memory", 0, "out-of-memory"),
    ("memory-politely", 0, ""),
    ("big-string", 100_000_000, "output-too-large"),
    ("many-strings", 5_000_000, "output-too-large"),
    ("many-items", 1_050_000, "output-too-large"),
    ("huge-result", 60_000_000, "output-too-large"),
    ("host-calls", 10_000_000, "host-calls"),
    ("wasi-calls", 1_000_000_000, "host-calls"),
    ("stdout", 5_000, ""),
    ("stdout-bytes", 30_000_000, ""),
    ("progress", 5_000, ""),
    ("partial", 1_000_000, "host-calls"),
    ("handles", 100_000, "handles"),
    ("fields", 100_000, "handles"),
    ("random-bytes", 16 << 20, "host-limit"),
    ("panic", 0, "trapped"),
    ("exit", 1, "exited"),
    ("not-utf-8", 0, "invalid-output"),
    ("deep-json", 0, "invalid-output"),
    ("environment", 0, ""),
    ("files", 0, ""),
    ("dns", 0, ""),
    ("kv-get", 0, "denied"),
    ("http", 0, "denied"),
];

/// The hostile guest with a manifest that asks for these capabilities.
fn hostile(capabilities: &Value) -> Vec<u8> {
    let model = monshyflow_testkit::node("no-op");
    let mut manifest: Value = serde_json::from_slice(extract(&model).unwrap()).unwrap();
    manifest["name"] = json!("probe");
    manifest["kind"] = json!("action");
    manifest["outputs"][0]["name"] = json!("out");
    manifest["parameters"] = json!({"type": "object"});
    manifest["examples"] = json!([]);
    manifest["capabilities"] = capabilities.clone();
    manifest["limits"] = json!({"memoryMib": 256});
    let manifest = Manifest::parse(manifest.to_string().as_bytes()).unwrap();
    embed(&monshyflow_testkit::probe(), &manifest).unwrap()
}

fn upload(server: &Server, wasm: Vec<u8>) -> Answer {
    let kind = [("content-type", "application/wasm")];
    let answer = server.send(Method::POST, "/api/node-types", &kind, Some(wasm));
    answer.expect("the server answers")
}

/// A run of the hostile node alone.
fn attack(name: &str, params: &Value) -> Value {
    let mut hostile = node("hostile", "probe@1", params.clone());
    hostile["settings"] = json!({"timeoutMs": 1500});
    workflow(name, &[trigger(), hostile], &["start > hostile"])
}

#[test]
fn each_attack_of_an_uploaded_node_ends_with_its_code_and_the_server_lives() {
    let data = tempfile::tempdir().unwrap();
    let server = Server::start(data.path(), &[]);
    let uploaded = upload(&server, hostile(&json!([])));
    assert_eq!(uploaded.status, 201, "{}", uploaded.body);
    let hello = set("hello", "greeting", json!("{{ $json.name }}"));
    let benign = server.publish(&workflow("benign", &[trigger(), hello], &["start > hello"]));
    let mut ends = Vec::new();
    for (mode, count, _) in ATTACKS {
        let url = format!("http://{}/healthz", server.address);
        let params = json!({"mode": mode, "count": count, "key": "k", "url": url});
        let run = server.run(&server.publish(&attack(mode, &params)), &json!({}));
        let code = run["error"]["code"].as_str().unwrap_or_default().to_owned();
        assert_eq!(run["status"] == "succeeded", code.is_empty(), "{run}");
        ends.push((*mode, code));
        assert_eq!(server.get("/readyz").status, 200, "after `{mode}`");
        let fine = server.run(&benign, &json!({"name": *mode}));
        let greeting = &fine["result"][0]["items"][0]["greeting"];
        assert_eq!(greeting, mode, "after `{mode}`: {fine}");
    }
    let expected: Vec<_> = ATTACKS
        .iter()
        .map(|(mode, _, code)| (*mode, (*code).to_owned()))
        .collect();
    assert_eq!(ends, expected);
}

/// Attacks that never end by themselves, and a person who has enough of them.
#[test]
fn an_attack_that_is_cancelled_ends_at_once() {
    let data = tempfile::tempdir().unwrap();
    let server = Server::start(data.path(), &[]);
    assert_eq!(upload(&server, hostile(&json!([]))).status, 201);
    for mode in ["loop", "sleep"] {
        let mut document = attack(mode, &json!({"mode": mode, "count": 600_000}));
        document["nodes"][1]["settings"] = json!({"timeoutMs": 600_000});
        let path = format!("/api/workflows/{}/runs", server.publish(&document));
        let run = server.post(&path, &json!({})).body["id"]
            .as_str()
            .unwrap()
            .to_owned();
        let begun = Instant::now();
        let step = || server.get(&format!("/api/runs/{run}")).body["steps"][1]["status"].clone();
        while step() != "running" {
            assert!(
                begun.elapsed() < Duration::from_secs(60),
                "`{mode}` did not begin"
            );
            std::thread::sleep(Duration::from_millis(5));
        }
        let cancelled = server.post(&format!("/api/runs/{run}/cancel"), &json!({}));
        assert_eq!(cancelled.body["status"], "cancelled", "{}", cancelled.body);
    }
}

/// Two workflows with two nodes of the hostile type in each.
struct Keepers {
    server: Server,
    workflows: [String; 2],
}

impl Keepers {
    fn open(server: Server) -> Self {
        let param =
            |node: &str, name: &str| json!(format!("{{{{ $('start').first().json.{node}.{name} }}}}"));
        let keeper = |id: &str| {
            let params = ["mode", "scope", "value"].map(|name| (name.to_owned(), param(id, name)));
            let mut params: serde_json::Map<String, Value> = params.into_iter().collect();
            params.insert("key".to_owned(), json!("k"));
            node(id, "probe@1", params.into())
        };
        let document = |name: &str| {
            let nodes = [trigger(), keeper("one"), keeper("two")];
            workflow(name, &nodes, &["start > one", "start > two"])
        };
        let workflows = ["first", "second"].map(|name| server.publish(&document(name)));
        Self { server, workflows }
    }

    /// What one node says, or why it was refused, while the other does nothing.
    fn ask(&self, (workflow, node): (usize, &str), mode: &str, scope: Option<&str>, value: &str) -> Value {
        let nothing = json!({"mode": "none", "scope": null, "value": ""});
        let mut input = json!({"one": nothing, "two": nothing});
        input[node] = json!({"mode": mode, "scope": scope, "value": value});
        let run = self.server.run(&self.workflows[workflow], &input);
        if run["status"] == "failed" {
            return json!([run["error"]["code"], run["error"]["message"]]);
        }
        let step = format!("/api/runs/{}/steps/{node}", run["id"].as_str().unwrap());
        self.server.get(&step).body["output"][0]["items"][0].clone()
    }

    fn get(&self, place: (usize, &str), scope: Option<&str>) -> Value {
        self.ask(place, "kv-get", scope, "")
    }
}

/// What a guest keeps stays with whom the operator said, over lives of the server.
#[test]
fn what_a_node_keeps_is_shared_only_as_granted() {
    let data = tempfile::tempdir().unwrap();
    let server = Server::start(data.path(), &[]);
    let scopes = ["node", "workflow", "tenant"];
    let asked = json!([{"kind": "kv", "targets": scopes, "reason": "keeps things"}]);
    assert_eq!(upload(&server, hostile(&asked)).status, 201);
    let grant = |server: &Server, grants: Value| {
        let body = json!({"grants": grants}).to_string().into_bytes();
        let path = "/api/node-types/probe/1/grants";
        let answer = server.send(Method::PUT, path, &[], Some(body)).unwrap();
        assert_eq!(answer.status, 200, "{}", answer.body);
    };
    let kv = |scopes: &[&str]| json!([{"kind": "kv", "targets": scopes}]);
    grant(&server, kv(&scopes));
    let mut keepers = Keepers::open(server);
    let places = [(0, "one"), (0, "two"), (1, "one"), (1, "two")];
    grant(&keepers.server, json!([]));
    let refused = keepers.get(places[0], None);
    assert_eq!(refused[0], "denied", "it was taken back: {refused}");
    grant(&keepers.server, kv(&scopes));
    for scope in scopes {
        assert_eq!(keepers.ask(places[0], "kv-set", Some(scope), scope), "1");
    }
    keepers.server.kill_and_restart();
    let sees = |keepers: &Keepers, scope: &str| {
        places.map(|place| keepers.get(place, Some(scope))["value"] == scope)
    };
    assert_eq!(sees(&keepers, "node"), [true, false, false, false]);
    assert_eq!(sees(&keepers, "workflow"), [true, true, false, false]);
    assert_eq!(sees(&keepers, "tenant"), [true, true, true, true]);
    // Without a word it is the narrowest that was granted.
    assert_eq!(keepers.get(places[0], None)["value"], "node");
    grant(&keepers.server, kv(&["tenant"]));
    assert_eq!(keepers.get(places[3], None)["value"], "tenant");
    for scope in ["node", "workflow"] {
        let refused = keepers.get(places[0], Some(scope));
        assert_eq!(refused[0], "denied", "{refused}");
    }
}
