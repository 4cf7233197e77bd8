//! Loops with real nodes: batches, loops in loops, retries, branches that are passed over.

use std::sync::atomic::{AtomicUsize, Ordering};

use monshyflow_testkit::Recorded;
use monshyflow_testkit::http::HttpServer;
use serde_json::{Value, json};

use crate::document::{node, post, set, trigger, workflow};
use crate::runs::{JSON, status};
use crate::support::Server;

fn ids(ids: std::ops::Range<u32>) -> Value {
    ids.map(|id| json!({ "id": id })).collect()
}

/// What left `after`.
fn left(server: &Server, name: &str, nodes: &[Value], edges: &[&str], input: &Value) -> Value {
    let view = server.run(&server.publish(&workflow(name, nodes, edges)), input);
    assert_eq!(view["status"], "succeeded", "{name}: {view}");
    let mut ports = view["result"].as_array().unwrap().iter();
    let after = ports.find(|port| port["node"] == "after");
    after.map_or(Value::Null, |port| port["items"].clone())
}

/// Fields of `after`, in one text each.
fn asks(fields: &[(&str, &str)]) -> Value {
    let fields: Vec<Value> = fields
        .iter()
        .map(|(name, value)| json!({ "name": name, "value": value }))
        .collect();
    node("after", "set@1", json!({ "fields": fields }))
}

/// What came into a loop that fails leaves it, and not what its rounds brought back as well.
#[test]
fn a_loop_that_fails_passes_on_what_came_in() {
    let data = tempfile::tempdir().unwrap();
    let server = Server::start(data.path(), &[]);
    for (on_error, way) in [("continue", "loop.done > after"), ("port", "loop.error > after")] {
        let mut endless = node(
            "loop",
            "while@1",
            json!({ "condition": "{{ true }}", "maxRounds": 2 }),
        );
        endless["settings"] = json!({ "onError": on_error });
        let body = set("more", "n", json!("{{ $json.n + 1 }}"));
        let nodes = [
            trigger(),
            endless,
            body,
            asks(&[("code", "{{ $json.error.code }}")]),
        ];
        let edges = ["start > loop.in", "loop.body > more", "more > loop.next", way];
        let left = left(
            &server,
            on_error,
            &nodes,
            &edges,
            &json!([{ "n": 0 }, { "n": 100 }]),
        );
        let left = left
            .as_array()
            .unwrap()
            .iter()
            .map(|item| (&item["n"], &item["code"]));
        let code = json!("too-many-rounds");
        assert_eq!(
            left.collect::<Vec<_>>(),
            [(&json!(0), &code), (&json!(100), &code)],
            "{on_error}"
        );
    }
}

#[test]
fn batches_go_round_one_after_the_other() {
    let data = tempfile::tempdir().unwrap();
    let server = Server::start(data.path(), &[]);
    let batches = |emit: &str| node("loop", "loop-batches@1", json!({ "batchSize": 2, "emit": emit }));
    let edges = [
        "start > loop.in",
        "loop.body > mark",
        "mark > loop.next",
        "loop.done > after",
    ];
    let mark = set("mark", "round", json!("{{ $iteration[0] }}"));
    let after = asks(&[("from", "{{ $('start').item.json.id }}")]);
    let nodes = [trigger(), batches("results"), mark.clone(), after.clone()];
    let expected: Vec<Value> = (0..5)
        .map(|id| json!({ "id": id, "round": id / 2, "from": id }))
        .collect();
    assert_eq!(
        left(&server, "results", &nodes, &edges, &ids(0..5)),
        json!(expected)
    );
    let nodes = [trigger(), batches("items"), mark, after];
    let expected: Vec<Value> = (0..5).map(|id| json!({ "id": id, "from": id })).collect();
    assert_eq!(
        left(&server, "items", &nodes, &edges, &ids(0..5)),
        json!(expected)
    );
}

#[test]
fn loops_stand_in_loops() {
    let data = tempfile::tempdir().unwrap();
    let server = Server::start(data.path(), &[]);
    let nodes = [
        trigger(),
        node("outer", "loop-batches@1", json!({ "batchSize": 2 })),
        set("batch", "batch", json!("{{ $iteration[0] }}")),
        node("inner", "for-each@1", json!({ "concurrency": 2 })),
        node(
            "count",
            "while@1",
            json!({ "condition": "{{ $json.n < $json.id }}" }),
        ),
        set("add", "n", json!("{{ $json.n + 1 }}")),
        set("zero", "n", json!(0)),
        asks(&[
            ("from", "{{ $('start').item.json.id }}"),
            ("of", "{{ $('batch').item.json.id }}"),
        ]),
    ];
    let edges = [
        "start > outer.in",
        "outer.body > batch",
        "batch > inner.in",
        "inner.body > zero",
        "zero > count.in",
        "count.body > add",
        "add > count.next",
        "count.done > inner.next",
        "inner.done > outer.next",
        "outer.done > after",
    ];
    let expected: Vec<Value> = (0..5)
        .map(|id| json!({ "id": id, "batch": id / 2, "n": id, "from": id, "of": id }))
        .collect();
    assert_eq!(
        left(&server, "nested", &nodes, &edges, &ids(0..5)),
        json!(expected)
    );
}

/// Each round has its own attempts.
#[test]
fn steps_of_a_round_are_tried_again() {
    let runtime = tokio::runtime::Runtime::new().unwrap();
    let calls = AtomicUsize::new(0);
    let flaky = move |_: &Recorded| {
        let busy = calls.fetch_add(1, Ordering::SeqCst).is_multiple_of(2);
        (status(if busy { 503 } else { 200 }), JSON, "{}")
    };
    let world = HttpServer::builder().on("/flaky", flaky).start();
    let world = runtime.block_on(world).unwrap();
    let data = tempfile::tempdir().unwrap();
    let internal = format!("127.0.0.1:{}", world.port());
    let server = Server::start(data.path(), &["--allow-internal", &internal]);
    let mut ask = post("ask", &world.url("/flaky"));
    ask["settings"] = json!({ "retry": { "attempts": 2, "delayMs": 10 } });
    let nodes = [
        trigger(),
        node("loop", "for-each@1", json!({})),
        ask,
        asks(&[("from", "{{ $('start').item.json.id }}")]),
    ];
    let edges = [
        "start > loop.in",
        "loop.body > ask",
        "ask > loop.next",
        "loop.done > after",
    ];
    let expected: Vec<Value> = (0..4).map(|id| json!({ "from": id })).collect();
    let id = server.publish(&workflow("retries", &nodes, &edges));
    let view = server.run(&id, &ids(0..4));
    assert_eq!(view["result"][0]["items"], json!(expected), "{view}");
    assert_eq!(world.ledger().requests_to("/flaky").len(), 8);
    let view = server
        .get(&format!("/api/runs/{}", view["id"].as_str().unwrap()))
        .body;
    let steps = view["steps"].as_array().unwrap().iter();
    let attempts: Vec<_> = steps
        .filter(|step| step["node"] == "ask")
        .map(|step| (&step["iteration"], &step["attempt"]))
        .collect();
    let expected = [json!([0]), json!([1]), json!([2]), json!([3])];
    assert!(
        attempts
            .iter()
            .zip(&expected)
            .all(|(found, round)| *found == (round, &json!(2))),
        "{attempts:?}"
    );
}

#[test]
fn what_is_disabled_lets_items_through() {
    let data = tempfile::tempdir().unwrap();
    let server = Server::start(data.path(), &[]);
    let mut edges = vec![
        "start > loop.in",
        "loop.body > mark",
        "mark > loop.next",
        "loop.done > after",
    ];
    let asks = || asks(&[("from", "{{ $('start').item.json.id }}")]);
    let expected: Vec<Value> = (0..3).map(|id| json!({ "id": id, "from": id })).collect();
    // The body, then the loop with all its rounds.
    for disabled in [2, 1] {
        let mut nodes = [
            trigger(),
            node("loop", "for-each@1", json!({})),
            set("mark", "mark", json!(true)),
            asks(),
        ];
        nodes[disabled]["disabled"] = json!(true);
        let name = nodes[disabled]["name"].as_str().unwrap().to_owned();
        assert_eq!(left(&server, &name, &nodes, &edges, &ids(0..3)), json!(expected));
    }
    // A node before both.
    let mut before = node("before", "limit@1", json!({ "maxItems": 1 }));
    before["disabled"] = json!(true);
    edges[0] = "before > loop.in";
    edges.push("start > before");
    let nodes = [
        trigger(),
        before,
        node("loop", "for-each@1", json!({})),
        node("mark", "no-op@1", json!({})),
        asks(),
    ];
    assert_eq!(
        left(&server, "before", &nodes, &edges, &ids(0..3)),
        json!(expected)
    );
}

#[test]
fn rounds_may_come_to_nothing() {
    let data = tempfile::tempdir().unwrap();
    let server = Server::start(data.path(), &[]);
    let odd = json!({ "code": "return $input.all().filter((item) => item.json.id % 2);" });
    let edges = [
        "start > loop.in",
        "loop.body > odd",
        "odd > mark",
        "mark > loop.next",
        "loop.done > after",
    ];
    let code = json!({ "code": "return [{ count: $input.all().length }];" });
    let nodes = |run_on_empty: bool| {
        let mut mark = node("mark", "code@1", code.clone());
        let mut after = node("after", "code@1", code.clone());
        mark["settings"] = json!({ "runOnEmpty": run_on_empty });
        after["settings"] = json!({ "runOnEmpty": run_on_empty });
        [
            trigger(),
            node("loop", "for-each@1", json!({})),
            node("odd", "code@1", odd.clone()),
            mark,
            after,
        ]
    };
    let run = |name: &str, empty: bool, input: &Value| left(&server, name, &nodes(empty), &edges, input);
    assert_eq!(run("some", false, &ids(0..5)), json!([{ "count": 2 }]));
    assert_eq!(run("all", true, &ids(0..5)), json!([{ "count": 5 }]));
    let even = json!([{ "id": 0 }, { "id": 2 }]);
    assert_eq!(run("none", false, &even), Value::Null);
    assert_eq!(run("none, and on", true, &even), json!([{ "count": 2 }]));
}
