//! What goes on after a step that failed, if the workflow says that something does.

use std::sync::atomic::{AtomicUsize, Ordering};

use monshyflow_testkit::Recorded;
use monshyflow_testkit::http::HttpServer;
use serde_json::{Value, json};

use crate::document::{node, post, set, trigger, workflow};
use crate::runs::{JSON, status};
use crate::support::Server;

/// Runs a workflow in which the node `fails` has both ways out: `main` leads to `onward`, `error` to `caught`.
fn run(
    server: &Server,
    on_error: &str,
    mut fails: Value,
    nodes: &[Value],
    edges: &[&str],
    input: &Value,
) -> Value {
    fails["settings"]["onError"] = json!(on_error);
    let mut all = vec![trigger(), fails, node("onward", "no-op@1", json!({}))];
    all.extend_from_slice(nodes);
    let mut wires = edges.to_vec();
    wires.push("fails > onward");
    if on_error == "port" {
        all.push(node("caught", "no-op@1", json!({})));
        wires.push("fails.error > caught");
    }
    let ended = server.run(&server.publish(&workflow(on_error, &all, &wires)), input);
    assert_eq!(ended["status"], "succeeded", "{ended}");
    ended
}

fn left(ended: &Value, node: &str) -> Vec<Value> {
    let ports = ended["result"].as_array().unwrap().iter();
    let ports = ports.filter(|port| port["node"] == node);
    ports
        .flat_map(|port| port["items"].as_array().unwrap().clone())
        .collect()
}

fn codes(items: &[Value]) -> Vec<&str> {
    items
        .iter()
        .map(|item| item["error"]["code"].as_str().unwrap_or("-"))
        .collect()
}

/// `start` leads to both inputs of a merge that cannot know its keys.
fn two_inputs(server: &Server, on_error: &str, first: &str) -> Value {
    let merge = json!({ "mode": "key", "keys": "{{ $json.no.such.field }}" });
    let keeps = json!({ "conditions": [{ "left": "{{ $json.n }}", "type": "number", "operation": "gt", "right": 0 }] });
    run(
        server,
        on_error,
        node("fails", "merge@1", merge),
        &[
            node("if", "if@1", keeps),
            set("one", "from", json!("one")),
            set("two", "from", json!("two")),
        ],
        &[
            "start > if",
            first,
            "if.true > two",
            "one > fails.input-0",
            "two > fails.input-1",
        ],
        &json!([{ "n": 1 }, { "n": 2 }]),
    )
}

#[test]
fn the_items_of_all_inputs_go_on_with_the_error() {
    let data = tempfile::tempdir().unwrap();
    let server = Server::start(data.path(), &[]);
    for (on_error, node) in [("continue", "onward"), ("port", "caught")] {
        let ended = two_inputs(&server, on_error, "if.true > one");
        let items = left(&ended, node);
        let from: Vec<(&Value, &Value)> = items.iter().map(|item| (&item["from"], &item["n"])).collect();
        let all = [("one", 1), ("one", 2), ("two", 1), ("two", 2)].map(|(from, n)| (json!(from), json!(n)));
        assert_eq!(
            from,
            all.iter().map(|(from, n)| (from, n)).collect::<Vec<_>>(),
            "{ended}"
        );
        assert_eq!(codes(&items), ["expression-unresolved"; 4], "{ended}");

        // The first input is dead: what came to the second goes on.
        let ended = two_inputs(&server, on_error, "if.false > one");
        let items = left(&ended, node);
        assert_eq!(codes(&items), ["no-items"; 2], "{ended}");
        assert!(items.iter().all(|item| item["from"] == "two"), "{ended}");
    }
}

#[test]
fn a_failure_without_items_is_not_forgotten() {
    let data = tempfile::tempdir().unwrap();
    let server = Server::start(data.path(), &[]);
    let mut stop = node(
        "fails",
        "code@1",
        json!({ "code": "throw new Error('nothing here')" }),
    );
    stop["settings"] = json!({ "runOnEmpty": true });
    let nothing = json!({ "conditions": [{ "left": "{{ $json.n }}", "type": "number", "operation": "gt", "right": 5 }] });
    for (on_error, caught) in [("continue", "onward"), ("port", "caught")] {
        let filter = node("none", "filter@1", nothing.clone());
        let edges = ["start > none", "none.kept > fails"];
        let ended = run(
            &server,
            on_error,
            stop.clone(),
            &[filter],
            &edges,
            &json!({ "n": 1 }),
        );
        let items = left(&ended, caught);
        assert_eq!(codes(&items), ["code-failed"], "{ended}");
    }
}

#[test]
fn items_that_fail_leave_the_others_alone() {
    let data = tempfile::tempdir().unwrap();
    let server = Server::start(data.path(), &[]);
    let code = "if ($json.n === 2) throw new Error('no two'); return { n: $json.n * 10 };";
    let each = node(
        "fails",
        "code@1",
        json!({ "mode": "runOnceForEachItem", "code": code }),
    );
    let input = json!([{ "n": 1 }, { "n": 2 }, { "n": 3 }]);
    let ended = run(&server, "continue", each.clone(), &[], &["start > fails"], &input);
    let items = left(&ended, "onward");
    assert_eq!(codes(&items), ["-", "code-failed", "-"], "{ended}");
    assert_eq!(
        (&items[1]["n"], &items[2]["n"]),
        (&json!(2), &json!(30)),
        "{ended}"
    );
    let ended = run(&server, "port", each, &[], &["start > fails"], &input);
    assert_eq!(
        left(&ended, "onward"),
        [json!({ "n": 10 }), json!({ "n": 30 })],
        "{ended}"
    );
    let caught = left(&ended, "caught");
    assert_eq!(
        (codes(&caught), &caught[0]["n"]),
        (vec!["code-failed"], &json!(2)),
        "{ended}"
    );
}

/// Trying again comes first; what fails for good fails alone.
#[test]
fn a_step_that_goes_on_without_items_tries_again_before() {
    let runtime = tokio::runtime::Runtime::new().unwrap();
    let asked = AtomicUsize::new(0);
    let http = HttpServer::builder()
        .on("/flaky/2", move |_: &Recorded| {
            let busy = asked.fetch_add(1, Ordering::SeqCst) == 0;
            (status(if busy { 503 } else { 200 }), JSON, "{}")
        })
        .on("/flaky/3", |_: &Recorded| (status(422), JSON, "{}"))
        .on("/flaky/{n}", |_: &Recorded| (JSON, "{}"));
    let http = runtime.block_on(http.start()).unwrap();
    let data = tempfile::tempdir().unwrap();
    let internal = format!("127.0.0.1:{}", http.port());
    let server = Server::start(data.path(), &["--allow-internal", &internal]);
    let mut ask = post("fails", &format!("{}{{{{ $json.n }}}}", http.url("/flaky/")));
    ask["settings"] = json!({ "retry": { "attempts": 5, "delayMs": 10 } });
    let input = json!([{ "n": 1 }, { "n": 2 }, { "n": 3 }]);
    let ended = run(&server, "continue", ask, &[], &["start > fails"], &input);
    assert_eq!(
        codes(&left(&ended, "onward")),
        ["-", "-", "http-status"],
        "{ended}"
    );
    let events = server.events(ended["id"].as_str().unwrap(), 0);
    let of_step = events.iter().filter(|event| event["node"] == "fails");
    let told: Vec<&Value> = of_step
        .filter(|event| event["type"] != "log")
        .map(|event| &event["type"])
        .collect();
    assert_eq!(
        told,
        ["step-started", "step-failed", "step-started", "step-succeeded"]
    );
    assert_eq!(http.ledger().requests_to("/flaky/3").len(), 2);
}

/// Whatever code does, it costs its own step and says why.
#[test]
fn code_is_held_to_its_limits() {
    let data = tempfile::tempdir().unwrap();
    let server = Server::start(data.path(), &[]);
    let cases = [
        ("for (;;) {}", "timed-out"),
        (
            "const all = []; for (;;) all.push('x'.repeat(1 << 20) + all.length);",
            "code-failed",
        ),
        ("const f = () => f() + 1; return { n: f() };", "stack-overflow"),
        ("return { text: 'x'.repeat(40 << 20) };", "output-too-large"),
    ];
    for (code, expected) in cases {
        let mut fails = node("fails", "code@1", json!({ "code": code }));
        fails["settings"] = json!({ "timeoutMs": 3_000 });
        let ended = run(
            &server,
            "port",
            fails,
            &[],
            &["start > fails"],
            &json!({ "n": 1 }),
        );
        let items = left(&ended, "caught");
        assert_eq!(
            (codes(&items), &items[0]["n"]),
            (vec![expected], &json!(1)),
            "{code}: {ended}"
        );
    }
    let talks = "console.log('seen', { n: $input.first().json.n }); console.warn('careful'); return [];";
    let says = node("says", "code@1", json!({ "code": talks }));
    let id = server.publish(&workflow("says", &[trigger(), says], &["start > says"]));
    let ended = server.run(&id, &json!({ "n": 7 }));
    let events = server.events(ended["id"].as_str().unwrap(), 0);
    let lines = events.iter().filter(|event| event["type"] == "log");
    let lines: Vec<(&Value, &Value)> = lines.map(|line| (&line["level"], &line["message"])).collect();
    let expected =
        [("info", "seen {\"n\":7}"), ("warn", "careful")].map(|(level, text)| (json!(level), json!(text)));
    assert_eq!(
        lines,
        expected
            .iter()
            .map(|(level, text)| (level, text))
            .collect::<Vec<_>>()
    );
}
