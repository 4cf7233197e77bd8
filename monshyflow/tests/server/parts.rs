//! Runs of a part of a workflow, as an editor starts them: what counts is what arrives at the other side.

use monshyflow_testkit::Recorded;
use monshyflow_testkit::http::HttpServer;
use serde_json::{Value, json};

use crate::document::{node, post, set, trigger, workflow};
use crate::runs::{ENDED, JSON, start, until};
use crate::support::Server;

struct World {
    _runtime: tokio::runtime::Runtime,
    http: HttpServer,
    _data: tempfile::TempDir,
    server: Server,
    id: String,
}

impl World {
    /// Two effects in a row and a third beside; the draft has items pinned for the first.
    fn open() -> Self {
        let runtime = tokio::runtime::Runtime::new().unwrap();
        let http = HttpServer::builder().on("/{name}", |_: &Recorded| (JSON, r#"{"from":"world"}"#));
        let http = runtime.block_on(http.start()).unwrap();
        let data = tempfile::tempdir().unwrap();
        let internal = format!("127.0.0.1:{}", http.port());
        let server = Server::start(data.path(), &["--allow-internal", &internal]);
        let nodes = [
            trigger(),
            post("first", &http.url("/first")),
            set("keep", "kept", json!("{{ $json.from }}")),
            post("second", &http.url("/second")),
            set("shown", "first", json!("{{ $('keep').first().json.kept }}")),
            post("beside", &http.url("/beside")),
        ];
        let edges = [
            "start > first",
            "first > keep",
            "keep > second",
            "second > shown",
            "start > beside",
        ];
        let mut document = workflow("parts", &nodes, &edges);
        document["pinned"] = json!({ "first": { "main": [{ "from": "pin" }] } });
        let id = server.publish(&document);
        Self {
            _runtime: runtime,
            http,
            _data: data,
            server,
            id,
        }
    }

    /// Ends, and says what arrived meanwhile.
    fn run(&self, body: &Value) -> (Value, Vec<String>) {
        let before = self.http.ledger().requests().len();
        let view = start(&self.server, &self.id, body);
        self.ended(view["id"].as_str().unwrap(), before)
    }

    fn rerun(&self, run: &Value, body: &Value) -> (Value, Vec<String>) {
        let before = self.http.ledger().requests().len();
        let path = format!("/api/runs/{}/rerun", run["id"].as_str().unwrap());
        let answer = self.server.post(&path, body);
        assert_eq!(answer.status, 202, "{}", answer.body);
        self.ended(answer.body["id"].as_str().unwrap(), before)
    }

    fn ended(&self, run: &str, before: usize) -> (Value, Vec<String>) {
        let view = until(&self.server, run, ENDED);
        assert_eq!(view["status"], "succeeded", "{view}");
        let requests = self.http.ledger().requests();
        let mut heard: Vec<String> = requests[before..]
            .iter()
            .map(|request| request.path.clone())
            .collect();
        heard.sort();
        (view, heard)
    }
}

fn shown(view: &Value) -> &Value {
    let mut left = view["result"].as_array().unwrap().iter();
    let shown = left.find(|port| port["node"] == "shown").unwrap_or(&Value::Null);
    &shown["items"][0]["first"]
}

#[test]
fn pinned_items_count_in_drafts_only() {
    let world = World::open();
    let (published, heard) = world.run(&json!({ "input": {} }));
    assert_eq!(heard, ["/beside", "/first", "/second"]);
    assert_eq!(shown(&published), "world");
    let (draft, heard) = world.run(&json!({ "input": {}, "draft": true }));
    assert_eq!(heard, ["/beside", "/second"]);
    assert_eq!(shown(&draft), "pin");

    // What goes on from a run goes by what it is itself.
    let from = |node: &str| json!({ "mode": "from", "node": node });
    let with = |mut body: Value, name: &str, value: Value| {
        body[name] = value;
        body
    };
    let draft_of = |node: &str| with(from(node), "draft", json!(true));
    let (again, heard) = world.rerun(&published, &draft_of("second"));
    assert_eq!(
        (shown(&again), heard),
        (&json!("world"), vec!["/second".to_owned()])
    );
    let (again, heard) = world.rerun(&published, &draft_of("keep"));
    assert_eq!(
        (shown(&again), heard),
        (&json!("pin"), vec!["/second".to_owned()])
    );
    let (again, heard) = world.rerun(&draft, &with(from("start"), "version", json!(1)));
    assert_eq!(heard, ["/beside", "/first", "/second"]);
    assert_eq!(shown(&again), "world");
    let path = format!("/api/runs/{}/rerun", draft["id"].as_str().unwrap());
    let refused = world
        .server
        .post(&path, &with(from("second"), "version", json!(1)));
    assert_eq!(
        (refused.status, &refused.body["code"]),
        (422, &json!("run-does-not-fit")),
        "{}",
        refused.body
    );
    assert!(
        refused.body["detail"]
            .as_str()
            .unwrap()
            .contains("`first` had pinned items"),
        "{}",
        refused.body
    );
}

#[test]
fn a_later_node_is_tried_without_repeating_what_was_done() {
    let world = World::open();
    let (whole, _) = world.run(&json!({ "input": {} }));
    let (one, heard) = world.rerun(&whole, &json!({ "mode": "from", "node": "shown", "to": "shown" }));
    assert_eq!((shown(&one), heard), (&json!("world"), vec![]));
    let (two, heard) = world.rerun(
        &whole,
        &json!({ "mode": "from", "node": "second", "to": "second" }),
    );
    assert_eq!((shown(&two), heard), (&Value::Null, vec!["/second".to_owned()]));
    let (_, heard) = world.run(&json!({ "input": {}, "to": "keep" }));
    assert_eq!(heard, ["/first"]);
    let only = json!({ "input": [{ "from": "hand" }], "only": "keep", "draft": true });
    let (only, heard) = world.run(&only);
    assert_eq!(heard, Vec::<String>::new());
    assert_eq!(only["result"][0]["items"][0]["kept"], "hand", "{only}");
    let path = format!("/api/runs/{}/rerun", whole["id"].as_str().unwrap());
    let refused = world.server.post(
        &path,
        &json!({ "mode": "from", "node": "second", "to": "beside" }),
    );
    assert_eq!(
        (refused.status, &refused.body["code"]),
        (422, &json!("run-does-not-fit")),
        "{}",
        refused.body
    );
    let refused = world
        .server
        .post(&path, &json!({ "mode": "replay", "to": "beside" }));
    assert_eq!(
        (refused.status, &refused.body["code"]),
        (422, &json!("invalid-body")),
        "{}",
        refused.body
    );
}

/// A workflow that calls itself comes to an end, whether it waits for the call or not.
#[test]
fn a_circle_of_calls_ends() {
    let data = tempfile::tempdir().unwrap();
    let server = Server::start(data.path(), &[]);
    for wait in [true, false] {
        let called = node("called", "execute-workflow-trigger@1", json!({}));
        let draft = workflow(
            "circle",
            &[trigger(), called.clone(), set("say", "n", json!(1))],
            &["start > say", "called > say"],
        );
        let id = server.publish(&draft);
        let call = node(
            "call",
            "execute-workflow@1",
            json!({ "workflow": id, "wait": wait }),
        );
        let document = workflow(
            "circle",
            &[trigger(), called, call],
            &["start > call", "called > call"],
        );
        crate::reruns::replace(&server, &id, &document);
        let view = start(&server, &id, &json!({ "input": {} }));
        let ended = until(&server, view["id"].as_str().unwrap(), ENDED);
        assert_eq!(
            ended["status"],
            if wait { "failed" } else { "succeeded" },
            "{ended}"
        );
        if wait {
            let error = ended["error"].to_string();
            assert!(error.contains("10 deep"), "{ended}");
        }
        let started = std::time::Instant::now();
        let runs = loop {
            let runs = server.get(&format!("/api/runs?workflow={id}&limit=100")).body["items"]
                .as_array()
                .unwrap()
                .clone();
            let all_ended = runs
                .iter()
                .all(|run| ENDED.iter().any(|status| run["status"] == *status));
            if all_ended && runs.len() >= 11 {
                break runs;
            }
            assert!(
                started.elapsed() < std::time::Duration::from_secs(60),
                "{} runs",
                runs.len()
            );
            std::thread::sleep(std::time::Duration::from_millis(50));
        };
        assert_eq!(runs.len(), 11, "the first and ten that it led to");
        let failed = runs.iter().filter(|run| run["status"] == "failed").count();
        assert_eq!(failed, if wait { 11 } else { 1 }, "{runs:?}");
    }
}
