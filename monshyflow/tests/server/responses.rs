//! What a run answers to whoever waits for it: while it goes on, over a kill, after a rest; and what it does not.

use std::sync::Mutex;
use std::sync::mpsc::{Receiver, Sender, channel};
use std::time::Duration;

use monshyflow_testkit::Recorded;
use monshyflow_testkit::http::HttpServer;
use serde_json::{Value, json};

use crate::document::{node, post, set, trigger, workflow};
use crate::runs::{ENDED, JSON, resume_path, start, until};
use crate::support::Server;

/// A world whose requests come back when somebody opens the gate.
struct Gate {
    world: HttpServer,
    arrived: Receiver<()>,
    open: Sender<()>,
    _runtime: tokio::runtime::Runtime,
}

impl Gate {
    fn new() -> Self {
        let runtime = tokio::runtime::Runtime::new().unwrap();
        let (open, opened) = channel();
        let (arrive, arrived) = channel();
        let (opened, arrive) = (Mutex::new(opened), Mutex::new(arrive));
        let gate = move |_: &Recorded| {
            let _ = arrive.lock().unwrap().send(());
            // Other requests arrive meanwhile.
            let _ = tokio::task::block_in_place(|| opened.lock().unwrap().recv());
            "{}"
        };
        let world = runtime
            .block_on(HttpServer::builder().on("/gate", gate).start())
            .unwrap();
        Self {
            world,
            arrived,
            open,
            _runtime: runtime,
        }
    }

    /// Waits for the next request.
    fn arrives(&self) {
        self.arrived.recv_timeout(Duration::from_secs(60)).unwrap();
    }

    fn server(&self, data: &tempfile::TempDir) -> Server {
        let internal = format!("127.0.0.1:{}", self.world.port());
        Server::start(data.path(), &["--allow-internal", &internal])
    }
}

fn respond(id: &str, params: Value) -> Value {
    node(id, "respond@1", params)
}

fn waits(input: Value) -> Value {
    json!({ "input": input, "wait": "response", "timeoutMs": 120_000 })
}

fn word(view: &Value) -> &str {
    view["status"].as_str().unwrap()
}

fn kinds(events: &[Value]) -> Vec<&str> {
    events.iter().filter_map(|event| event["type"].as_str()).collect()
}

#[test]
fn an_answer_arrives_while_the_run_goes_on_and_outlives_the_server() {
    let gate = Gate::new();
    let data = tempfile::tempdir().unwrap();
    let mut server = gate.server(&data);
    let text = "{{ 'Hello ' + $json.name }}";
    let params = json!({ "respondWith": "text", "text": text, "status": 201, "headers": [{ "name": "X-Order", "value": "{{ $json.id }}" }] });
    let document = workflow(
        "answers",
        &[
            trigger(),
            respond("answer", params),
            post("slow", &gate.world.url("/gate")),
        ],
        &["start > answer", "answer > slow"],
    );
    let id = server.publish(&document);
    let view = start(&server, &id, &waits(json!({ "name": "Ada", "id": 7 })));
    let expected = json!({
        "status": 201, "bytes": 9, "text": "Hello Ada",
        "headers": [{ "name": "x-order", "value": "7" }, { "name": "content-type", "value": "text/plain; charset=utf-8" }],
    });
    assert_eq!(view["response"], expected, "{view}");
    assert_eq!(view["status"], "running", "{view}");
    let run = view["id"].as_str().unwrap();
    gate.arrives();
    server.kill_and_restart();
    let view = until(&server, run, &["running"]);
    assert_eq!(view["response"], expected, "{view}");
    // The step in flight is tried again.
    gate.arrives();
    gate.open.send(()).unwrap();
    gate.open.send(()).unwrap();
    let view = until(&server, run, ENDED);
    assert_eq!(
        (word(&view), &view["response"]),
        ("succeeded", &expected),
        "{view}"
    );
    let events = server.events(run, 0);
    let expected = [
        "run-requested",
        "run-started",
        "step-started",
        "step-succeeded",
        "step-started",
        "step-succeeded",
        "response-sent",
        "step-started",
        "step-succeeded",
        "run-succeeded",
    ];
    let mut seen = kinds(&events);
    seen.retain(|kind| *kind != "log" && *kind != "progress");
    assert_eq!(seen, expected);
    let sent = events
        .iter()
        .find(|event| event["type"] == "response-sent")
        .unwrap();
    assert_eq!((&sent["node"], &sent["status"]), (&json!("answer"), &json!(201)));
    let gave = events.iter().find(|event| !event["response"].is_null()).unwrap();
    assert_eq!(
        (&gave["node"], &gave["type"]),
        (&json!("answer"), &json!("step-succeeded"))
    );
    assert_eq!(
        (&gave["response"]["bytes"], &gave["response"]["text"]),
        (&json!(9), &Value::Null)
    );
}

/// Who asked with a key finds the answer of the run that it had started, even if it was given by a later process.
#[test]
fn an_answer_that_comes_after_the_server_died_is_found_by_its_key() {
    let gate = Gate::new();
    let data = tempfile::tempdir().unwrap();
    let mut server = gate.server(&data);
    let document = workflow(
        "late",
        &[
            trigger(),
            post("slow", &gate.world.url("/gate")),
            respond("answer", json!({})),
        ],
        &["start > slow", "slow > answer"],
    );
    let id = server.publish(&document);
    let path = format!("/api/workflows/{id}/runs");
    let headers = [("idempotency-key", "order-7")];
    let client = server.client();
    let first = std::thread::spawn({
        let path = path.clone();
        move || client.try_post(&path, &headers, &waits(json!({})))
    });
    gate.arrives();
    server.kill();
    assert!(first.join().unwrap().is_none(), "the server died");
    server.restart();
    gate.open.send(()).unwrap();
    gate.arrives();
    gate.open.send(()).unwrap();
    for _ in 0..2 {
        let again = server
            .client()
            .try_post(&path, &headers, &waits(json!({})))
            .unwrap();
        assert_eq!(
            (again.status, &again.body["response"]["text"]),
            (200, &json!("{\"data\":\"{}\"}")),
            "{}",
            again.body
        );
    }
    let runs = server.get(&format!("/api/runs?workflow={id}")).body;
    assert_eq!(runs["items"].as_array().unwrap().len(), 1);
}

/// The run is let go of between the start and the answer; whoever waits hears of it all the same.
#[test]
fn a_run_that_rests_answers_later() {
    let gate = Gate::new();
    let data = tempfile::tempdir().unwrap();
    let server = gate.server(&data);
    let document = workflow(
        "asks",
        &[
            trigger(),
            node("ask", "approval@1", json!({})),
            respond("answer", json!({ "respondWith": "json", "json": { "ok": true } })),
            node("nap", "wait@1", json!({ "amount": 3, "unit": "hour" })),
        ],
        &["start > ask", "ask.approved > answer", "answer > nap"],
    );
    let id = server.publish(&document);
    let client = server.client();
    let path = format!("/api/workflows/{id}/runs");
    let waiting = std::thread::spawn(move || client.try_post(&path, &[], &waits(json!({}))).unwrap());
    let run = loop {
        let runs = server
            .get(&format!("/api/runs?workflow={id}&status=waiting"))
            .body;
        if let Some(run) = runs["items"][0]["id"].as_str() {
            break run.to_owned();
        }
        std::thread::sleep(Duration::from_millis(20));
    };
    let view = server.get(&format!("/api/runs/{run}")).body;
    assert!(view.get("response").is_none(), "{view}");
    let answer = server.send(
        ureq::http::Method::POST,
        &resume_path(&server, &run),
        &JSON,
        Some(br#"{"choice":"approve"}"#.to_vec()),
    );
    assert_eq!(answer.unwrap().status, 200);
    let answer = waiting.join().unwrap();
    assert_eq!(
        (answer.status, &answer.body["response"]["text"]),
        (200, &json!("{\"ok\":true}")),
        "{}",
        answer.body
    );
    // It rests again, and who asks now hears the same.
    until(&server, &run, &["waiting"]);
}

/// Waits for the answer or the end of a run of these nodes behind a trigger.
fn ask(server: &Server, nodes: &[Value], edges: &[&str], input: Value) -> Value {
    let nodes: Vec<Value> = [&[trigger()], nodes].concat();
    let id = server.publish(&workflow("one", &nodes, edges));
    start(server, &id, &waits(input))
}

#[test]
fn a_run_that_ends_without_an_answer_is_told() {
    let gate = Gate::new();
    let data = tempfile::tempdir().unwrap();
    let server = gate.server(&data);
    let none = ask(&server, &[set("a", "x", json!(1))], &["start > a"], json!({}));
    assert_eq!(
        (word(&none), &none["response"]),
        ("succeeded", &Value::Null),
        "{none}"
    );
    assert_eq!(none["result"][0]["items"], json!([{ "x": 1 }]));

    let failed = ask(
        &server,
        &[node("stop", "stop-and-error@1", json!({ "message": "no" }))],
        &["start > stop"],
        json!({}),
    );
    assert_eq!(
        (word(&failed), &failed["response"]),
        ("failed", &Value::Null),
        "{failed}"
    );

    let bad = ask(
        &server,
        &[respond(
            "answer",
            json!({ "respondWith": "noData", "headers": [{ "name": "x", "value": "a\r\nb" }] }),
        )],
        &["start > answer"],
        json!({}),
    );
    assert_eq!(
        (word(&bad), &bad["error"]["code"]),
        ("failed", &json!("invalid-response")),
        "{bad}"
    );
    assert!(bad.get("response").is_none());

    let nothing = server.get(&format!("/api/runs/{}/response", none["id"].as_str().unwrap()));
    assert_eq!(
        (nothing.status, &nothing.body["code"]),
        (404, &json!("not-found"))
    );
}

#[test]
fn a_run_answers_once() {
    let gate = Gate::new();
    let data = tempfile::tempdir().unwrap();
    let server = gate.server(&data);
    let twice = ask(
        &server,
        &[
            respond("first", json!({ "respondWith": "text", "text": "1" })),
            respond("second", json!({ "respondWith": "text", "text": "2" })),
        ],
        &["start > first", "first > second"],
        json!({ "passes": true }),
    );
    let run = twice["id"].as_str().unwrap();
    let view = until(&server, run, ENDED);
    assert_eq!(
        (word(&view), &view["response"]["text"]),
        ("succeeded", &json!("1")),
        "{view}"
    );
    assert_eq!(view["result"][0]["items"], json!([{ "passes": true }]));
    let events = server.events(run, 0);
    let warned = events
        .iter()
        .find(|event| event["type"] == "log" && event["node"] == "second")
        .unwrap();
    assert_eq!(warned["level"], "warn");
    assert!(
        warned["message"]
            .as_str()
            .unwrap()
            .contains("had answered already, at node `first`"),
        "{warned}"
    );
    assert_eq!(
        kinds(&events)
            .iter()
            .filter(|kind| **kind == "response-sent")
            .count(),
        1
    );
}

#[test]
fn bodies_that_are_no_short_text_are_read_by_themselves() {
    let gate = Gate::new();
    let data = tempfile::tempdir().unwrap();
    let server = gate.server(&data);
    let large = "ü".repeat(100_000);
    let spilled = ask(
        &server,
        &[respond("answer", json!({}))],
        &["start > answer"],
        json!({ "large": large }),
    );
    let response = &spilled["response"];
    assert_eq!(response["text"], Value::Null);
    let body = server.get(response["bodyUrl"].as_str().unwrap());
    assert_eq!((body.status, &body.body), (200, &json!({ "large": large })));
    assert_eq!(body.content_type, "application/octet-stream");

    let write = json!({ "operation": "write", "field": "text", "mediaType": "text/csv" });
    let file = ask(
        &server,
        &[
            node("file", "binary@1", write),
            respond("answer", json!({ "respondWith": "binary" })),
        ],
        &["start > file", "file > answer"],
        json!({ "text": "a;b" }),
    );
    let response = &file["response"];
    assert_eq!(
        (&response["bytes"], &response["headers"][0]["value"]),
        (&json!(3), &json!("text/csv")),
        "{file}"
    );
    let body = server.get(response["bodyUrl"].as_str().unwrap());
    assert_eq!(body.body, "a;b");
}

#[test]
fn who_waits_for_an_answer_has_patience_only_so_long() {
    let gate = Gate::new();
    let data = tempfile::tempdir().unwrap();
    let server = gate.server(&data);
    let slow = workflow(
        "slow",
        &[
            trigger(),
            post("slow", &gate.world.url("/gate")),
            respond("answer", json!({})),
        ],
        &["start > slow", "slow > answer"],
    );
    let path = format!("/api/workflows/{}/runs", server.publish(&slow));
    let accepted = server.post(&path, &json!({ "wait": "response", "timeoutMs": 50 }));
    assert_eq!(accepted.status, 202, "{}", accepted.body);
    gate.open.send(()).unwrap();
    let run = accepted.body["id"].as_str().unwrap();
    let view = until(&server, run, ENDED);
    assert_eq!(view["response"]["text"], "{\"data\":\"{}\"}", "{view}");
}

/// A run that resumes one that had answered has answered; one that runs that node anew answers anew.
#[test]
fn runs_that_take_up_others_answer_once_themselves() {
    let gate = Gate::new();
    let data = tempfile::tempdir().unwrap();
    let server = gate.server(&data);
    let document = workflow(
        "again",
        &[
            trigger(),
            respond("answer", json!({})),
            node("stop", "stop-and-error@1", json!({ "message": "no" })),
        ],
        &["start > answer", "answer > stop"],
    );
    let id = server.publish(&document);
    let first = start(&server, &id, &json!({ "input": { "n": 1 }, "wait": true }));
    assert_eq!(
        (word(&first), &first["response"]["text"]),
        ("failed", &json!("{\"n\":1}")),
        "{first}"
    );
    let path = format!("/api/runs/{}/rerun", first["id"].as_str().unwrap());
    for (how, sent) in [
        (json!({ "mode": "resume" }), 1),
        (json!({ "mode": "replay" }), 1),
        (json!({ "mode": "from", "node": "answer" }), 1),
    ] {
        let run = server.post(&path, &how).body["id"].as_str().unwrap().to_owned();
        let view = until(&server, &run, ENDED);
        assert_eq!(view["response"]["text"], "{\"n\":1}", "{how}: {view}");
        let events = server.events(&run, 0);
        assert_eq!(
            kinds(&events)
                .iter()
                .filter(|kind| **kind == "response-sent")
                .count(),
            sent,
            "{how}"
        );
    }
}
