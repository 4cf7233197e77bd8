//! Loops, waits, called workflows and partial runs in the real server. Side effects are counted where they arrive.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use monshyflow_testkit::Recorded;
use monshyflow_testkit::http::HttpServer;
use serde_json::{Value, json};

use crate::document::{node, post, set, trigger, workflow};
use crate::runs::{ENDED, JSON, resume_path, start, status, until};
use crate::support::Server;

fn run(server: &Server, document: &Value, input: &Value) -> Value {
    let id = server.publish(document);
    let view = start(server, &id, &json!({ "input": input, "wait": true }));
    assert_eq!(view["status"], "succeeded", "{view}");
    view
}

fn items(view: &Value) -> Value {
    view["result"][0]["items"].clone()
}

#[test]
fn loops_run_their_bodies() {
    let data = tempfile::tempdir().unwrap();
    let server = Server::start(data.path(), &[]);
    let each = workflow(
        "each",
        &[
            trigger(),
            node("loop", "for-each@1", json!({ "concurrency": 3 })),
            set("mark", "seen", json!("{{ $json.n }}!")),
            set("after", "from", json!("{{ $('start').item.json.n }}")),
        ],
        &[
            "start > loop.in",
            "loop.body > mark",
            "mark > loop.next",
            "loop.done > after",
        ],
    );
    let view = run(
        &server,
        &each,
        &json!([{ "n": 1 }, { "n": 2 }, { "n": 3 }, { "n": 4 }]),
    );
    let expected: Vec<Value> = (1..=4)
        .map(|n| json!({ "n": n, "seen": format!("{n}!"), "from": n }))
        .collect();
    assert_eq!(items(&view), json!(expected), "{view}");

    let rounds = workflow(
        "while",
        &[
            trigger(),
            node(
                "loop",
                "while@1",
                json!({ "condition": "{{ $json.go }}", "check": "before" }),
            ),
            set("stop", "go", json!(false)),
        ],
        &["start > loop.in", "loop.body > stop", "stop > loop.next"],
    );
    let view = run(&server, &rounds, &json!({ "go": true }));
    assert_eq!(items(&view), json!([{ "go": false }]), "{view}");
    let id = view["id"].as_str().unwrap();
    let seen = server.get(&format!("/api/runs/{id}/steps/stop~0"));
    assert_eq!(seen.body["iteration"], json!([0]), "{}", seen.body);

    let endless = workflow(
        "endless",
        &[
            trigger(),
            node("loop", "while@1", json!({ "condition": true, "maxRounds": 5 })),
            node("pass", "no-op@1", json!({})),
        ],
        &["start > loop.in", "loop.body > pass", "pass > loop.next"],
    );
    let id = server.publish(&endless);
    let view = start(&server, &id, &json!({ "wait": true }));
    assert_eq!(view["status"], "failed", "{view}");
    assert_eq!(view["error"]["code"], "too-many-rounds", "{view}");
}

#[test]
fn a_wait_outlives_the_server() {
    let runtime = tokio::runtime::Runtime::new().unwrap();
    let world = runtime
        .block_on(
            HttpServer::builder()
                .on("/before", |_: &Recorded| "{}")
                .on("/after", |_: &Recorded| "{}")
                .start(),
        )
        .unwrap();
    let data = tempfile::tempdir().unwrap();
    let internal = format!("127.0.0.1:{}", world.port());
    let mut server = Server::start(data.path(), &["--allow-internal", &internal]);
    let document = workflow(
        "waits",
        &[
            trigger(),
            post("before", &world.url("/before")),
            node("ask", "approval@1", json!({ "title": "Ship <b>it</b>?" })),
            node("nap", "wait@1", json!({ "amount": 3, "unit": "second" })),
            post("after", &world.url("/after")),
        ],
        &[
            "start > before",
            "before > ask",
            "ask.approved > nap",
            "nap > after",
        ],
    );
    let id = server.publish(&document);
    let run = start(&server, &id, &json!({ "input": { "n": 1 } }));
    let run = run["id"].as_str().unwrap().to_owned();
    until(&server, &run, &["waiting"]);
    let url = resume_path(&server, &run);
    server.kill_and_restart();
    assert_eq!(server.get(&format!("/api/runs/{run}")).body["status"], "waiting");
    let page = ureq::get(format!("http://{}{url}", server.address))
        .call()
        .unwrap();
    let page = page.into_body().read_to_string().unwrap();
    assert!(page.contains("Ship &lt;b&gt;it&lt;/b&gt;?"), "{page}");
    let answer = |choice: &str| {
        let body = format!("choice={choice}").into_bytes();
        let form = [("content-type", "application/x-www-form-urlencoded")];
        server
            .send(ureq::http::Method::POST, &url, &form, Some(body))
            .unwrap()
            .status
    };
    assert_eq!(answer("approve"), 200);
    assert_eq!(answer("decline"), 409, "a wait ends once");
    until(&server, &run, &["waiting"]);
    server.kill_and_restart();
    let view = until(&server, &run, ENDED);
    assert_eq!(view["status"], "succeeded", "{view}");
    assert_eq!(world.ledger().requests_to("/before").len(), 1);
    assert_eq!(world.ledger().requests_to("/after").len(), 1);
    let events = server.events(&run, 0);
    let kinds: Vec<&str> = events.iter().filter_map(|event| event["type"].as_str()).collect();
    assert_eq!(
        kinds.iter().filter(|kind| **kind == "step-suspended").count(),
        2,
        "{kinds:?}"
    );
    assert_eq!(
        kinds.iter().filter(|kind| **kind == "step-resumed").count(),
        2,
        "{kinds:?}"
    );

    let run = start(&server, &id, &json!({ "input": { "n": 2 } }));
    let run = run["id"].as_str().unwrap().to_owned();
    until(&server, &run, &["waiting"]);
    let cancelled = server.post(&format!("/api/runs/{run}/cancel"), &json!({})).body;
    assert_eq!(cancelled["status"], "cancelled", "{cancelled}");
    assert_eq!(world.ledger().requests_to("/after").len(), 1);
}

/// More of them than the server wakes at the same time.
#[test]
fn waits_that_end_together_end_once_each() {
    let runtime = tokio::runtime::Runtime::new().unwrap();
    let world = HttpServer::builder().on("/after", |_: &Recorded| "{}").start();
    let world = runtime.block_on(world).unwrap();
    let data = tempfile::tempdir().unwrap();
    let internal = format!("127.0.0.1:{}", world.port());
    let server = Server::start(data.path(), &["--allow-internal", &internal]);
    let nap = json!({ "mode": "dateTime", "dateTime": "{{ $json.at }}" });
    let nodes = [
        trigger(),
        node("nap", "wait@1", nap),
        post("after", &world.url("/after")),
    ];
    let id = server.publish(&workflow("together", &nodes, &["start > nap", "nap > after"]));
    let at = monshyflow_clock::Clock::System.millis() + 6_000;
    let input = json!({ "input": { "at": at } });
    let runs: Vec<Value> = (0..50)
        .map(|_| start(&server, &id, &input)["id"].clone())
        .collect();
    for run in &runs {
        let view = until(&server, run.as_str().unwrap(), ENDED);
        assert_eq!(view["status"], "succeeded", "{view}");
    }
    assert_eq!(world.ledger().requests_to("/after").len(), runs.len());
}

#[test]
fn runs_are_taken_up_and_tried_in_part() {
    let runtime = tokio::runtime::Runtime::new().unwrap();
    let failures = Arc::new(AtomicUsize::new(1));
    let left = failures.clone();
    let second = move |_: &Recorded| {
        let failing = left.fetch_update(Ordering::SeqCst, Ordering::SeqCst, |left| left.checked_sub(1));
        match failing {
            Ok(_) => (status(500), JSON, "{}"),
            Err(_) => (status(200), JSON, r#"{"ok":true}"#),
        }
    };
    let world = runtime
        .block_on(
            HttpServer::builder()
                .on("/first", |_: &Recorded| (JSON, r#"{"id":7}"#))
                .on("/second", second)
                .start(),
        )
        .unwrap();
    let data = tempfile::tempdir().unwrap();
    let internal = format!("127.0.0.1:{}", world.port());
    let server = Server::start(data.path(), &["--allow-internal", &internal]);
    let document = workflow(
        "parts",
        &[
            trigger(),
            post("first", &world.url("/first")),
            post("second", &world.url("/second")),
            set("last", "id", json!("{{ $('first').item.json.id }}")),
        ],
        &["start > first", "first > second", "second > last"],
    );
    let id = server.publish(&document);
    let failed = start(&server, &id, &json!({ "wait": true }));
    assert_eq!(failed["status"], "failed", "{failed}");
    let earlier = failed["id"].as_str().unwrap();
    let rerun = |body: Value| {
        let answer = server.post(&format!("/api/runs/{earlier}/rerun"), &body);
        assert_eq!(answer.status, 202, "{}", answer.body);
        until(&server, answer.body["id"].as_str().unwrap(), ENDED)
    };
    let resumed = rerun(json!({ "mode": "resume" }));
    assert_eq!(resumed["status"], "succeeded", "{resumed}");
    assert_eq!(items(&resumed), json!([{ "ok": true, "id": 7 }]));
    let ledger = |path: &str| world.ledger().requests_to(path);
    assert_eq!(ledger("/first").len(), 1, "what was done stays done");
    let keys: Vec<_> = ledger("/second")
        .iter()
        .map(|sent| sent.header("x-step").map(str::to_owned))
        .collect();
    assert_eq!(keys.len(), 2);
    assert_eq!(
        keys[0], keys[1],
        "the other side can tell that it is the same step"
    );

    let from = rerun(json!({ "mode": "from", "node": "second" }));
    assert_eq!(from["status"], "succeeded", "{from}");
    assert_eq!((ledger("/first").len(), ledger("/second").len()), (1, 3));
    let replayed = rerun(json!({ "mode": "replay" }));
    assert_eq!(replayed["status"], "succeeded", "{replayed}");
    assert_eq!((ledger("/first").len(), ledger("/second").len()), (2, 4));

    let to = start(
        &server,
        &id,
        &json!({ "to": "first", "wait": true, "draft": true }),
    );
    assert_eq!(to["result"][0]["node"], "first", "{to}");
    let only = start(
        &server,
        &id,
        &json!({ "only": "first", "input": { "x": 1 }, "wait": true, "draft": true }),
    );
    assert_eq!(only["result"][0]["items"], json!([{ "id": 7 }]), "{only}");
    assert_eq!((ledger("/first").len(), ledger("/second").len()), (4, 4));
    let ended = server.post(
        &format!("/api/runs/{}/rerun", resumed["id"].as_str().unwrap()),
        &json!({ "mode": "resume" }),
    );
    assert_eq!(
        (ended.status, ended.body["code"].as_str()),
        (422, Some("run-does-not-fit")),
        "{}",
        ended.body
    );
}

#[test]
fn workflows_call_workflows() {
    let data = tempfile::tempdir().unwrap();
    let server = Server::start(data.path(), &[]);
    let child = workflow(
        "child",
        &[
            node("called", "execute-workflow-trigger@1", json!({})),
            set("double", "name", json!("<{{ $json.name }}>")),
        ],
        &["called > double"],
    );
    let child = server.publish(&child);
    let parent = |mode: &str, workflow_id: &str| {
        workflow(
            mode,
            &[
                trigger(),
                node(
                    "call",
                    "execute-workflow@1",
                    json!({ "workflow": workflow_id, "mode": mode }),
                ),
            ],
            &["start > call"],
        )
    };
    let input = json!([{ "name": "a" }, { "name": "b" }]);
    for mode in ["once", "each"] {
        let view = run(&server, &parent(mode, &child), &input);
        assert_eq!(
            items(&view),
            json!([{ "name": "<a>" }, { "name": "<b>" }]),
            "{view}"
        );
    }
    let id = server.publish(&parent("once", "0192f0c1-2b3d-7e4f-8a5b-6c7d8e9f0a1b"));
    let view = start(&server, &id, &json!({ "wait": true }));
    assert_eq!(
        (view["status"].as_str(), view["error"]["code"].as_str()),
        (Some("failed"), Some("child-failed")),
        "{view}"
    );
    // One that is started by hand is not for calling.
    let by_hand = server.publish(&workflow("by hand", &[trigger()], &[]));
    let id = server.publish(&parent("once", &by_hand));
    let view = start(&server, &id, &json!({ "input": input, "wait": true }));
    assert_eq!(view["error"]["code"], "child-failed", "{view}");
    let message = view["error"]["message"].as_str().unwrap();
    assert!(message.contains("execute-workflow-trigger"), "{view}");
    assert_eq!(
        server.get(&format!("/api/runs?workflow={by_hand}")).body["items"],
        json!([])
    );
}
