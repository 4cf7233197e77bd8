//! Variables of a run in the real server: set in one place, read in another, counted up in loops, and kept when the process dies.

use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use monshyflow_testkit::Recorded;
use monshyflow_testkit::http::HttpServer;
use serde_json::{Value, json};

use crate::support::Server;

fn node(id: &str, kind: &str, params: Value) -> Value {
    json!({ "id": id, "name": id, "type": kind, "params": params })
}

fn variable(id: &str, name: &str, value: Value) -> Value {
    let params = json!({ "variables": [{ "name": name, "value": value }] });
    node(id, "set-variable@1", params)
}

/// An item with nothing but these fields.
fn read(id: &str, fields: &[(&str, &str)]) -> Value {
    let fields: Vec<Value> = fields
        .iter()
        .map(|(name, value)| json!({ "name": name, "value": value }))
        .collect();
    node(id, "set@1", json!({ "keep": "none", "fields": fields }))
}

/// `a.port > b.port`, ports default to `main`.
fn workflow(nodes: &[Value], edges: &[&str]) -> Value {
    let end = |text: &str| {
        let (node, port) = text.trim().split_once('.').unwrap_or((text.trim(), "main"));
        json!({ "node": node, "port": port })
    };
    let edge = |edge: &&str| {
        let (from, to) = edge.split_once('>').unwrap();
        json!({ "from": end(from), "to": end(to) })
    };
    let mut nodes = nodes.to_vec();
    nodes.push(node("start", "manual-trigger@1", json!({})));
    json!({ "name": "variables", "nodes": nodes, "edges": edges.iter().map(edge).collect::<Vec<_>>() })
}

fn run(server: &Server, document: &Value, input: &Value) -> Value {
    let ended = server.run(&server.publish(document), input);
    let view = server.get(&format!("/api/runs/{}", ended["id"].as_str().unwrap()));
    assert_eq!(ended["variables"], view.body["variables"], "{ended}");
    view.body
}

fn until(server: &Server, run: &str, holds: impl Fn(&Value) -> bool) -> Value {
    let started = Instant::now();
    loop {
        let view = server.get(&format!("/api/runs/{run}")).body;
        if holds(&view) {
            return view;
        }
        assert!(started.elapsed() < Duration::from_secs(60), "{view}");
        std::thread::sleep(Duration::from_millis(20));
    }
}

#[test]
fn later_nodes_read_what_earlier_ones_set() {
    let data = tempfile::tempdir().unwrap();
    let server = Server::start(data.path(), &[]);
    let document = workflow(
        &[
            node(
                "if",
                "if@1",
                json!({ "conditions": [{ "left": "{{ $json.n }}", "type": "number", "operation": "gt", "right": 5 }] }),
            ),
            variable("large", "size", json!({ "is": "large", "n": "{{ $json.n }}" })),
            variable("small", "size", json!("small")),
            node("join", "merge@1", json!({ "mode": "append" })),
            read(
                "read",
                &[
                    ("native", "{{ $vars.size.is ?? $vars.size }}"),
                    ("javascript", "{{ ($vars.size.is ?? $vars.size).toUpperCase() }}"),
                    ("digits", "{{ $vars.size?.n }}"),
                    ("all", "{{ $vars }}"),
                ],
            ),
        ],
        &[
            "start > if",
            "if.true > large",
            "if.false > small",
            "large > join.input-0",
            "small > join.input-1",
            "join > read",
        ],
    );
    let view = run(&server, &document, &json!({ "n": 12 }));
    assert_eq!(view["status"], "succeeded", "{view}");
    let size = json!({ "is": "large", "n": 12 });
    let left = json!([{ "native": "large", "javascript": "LARGE", "digits": 12, "all": { "size": size } }]);
    assert_eq!(view["result"][0]["items"], left, "{view}");
    assert_eq!(view["variables"], json!({ "size": size }));
    let events = server.events(view["id"].as_str().unwrap(), 0);
    let set: Vec<&Value> = events
        .iter()
        .filter(|event| !event["variables"].is_null())
        .collect();
    assert_eq!(set.len(), 1, "{events:?}");
    assert_eq!(
        (&set[0]["node"], &set[0]["variables"]),
        (&json!("large"), &view["variables"])
    );
    let view = run(&server, &document, &json!({ "n": 2 }));
    assert_eq!(view["result"][0]["items"][0]["javascript"], "SMALL", "{view}");

    let missing = workflow(&[read("read", &[("x", "{{ $vars.sise }}")])], &["start > read"]);
    let failed = server.run(&server.publish(&missing), &json!({}));
    assert_eq!(failed["error"]["code"], "expression-unresolved", "{failed}");
}

#[test]
fn loops_count_with_variables() {
    let data = tempfile::tempdir().unwrap();
    let server = Server::start(data.path(), &[]);
    let each = workflow(
        &[
            node("loop", "for-each@1", json!({})),
            variable("count", "count", json!("{{ ($vars.count ?? 0) + $json.n }}")),
            read("after", &[("count", "{{ $vars.count }}")]),
        ],
        &[
            "start > loop.in",
            "loop.body > count",
            "count > loop.next",
            "loop.done > after",
        ],
    );
    let view = run(&server, &each, &json!([{ "n": 1 }, { "n": 2 }, { "n": 4 }]));
    assert_eq!(view["result"][0]["items"][0], json!({ "count": 7 }), "{view}");
    let condition = json!({ "condition": "{{ ($vars.rounds ?? 0) < 3 }}" });
    let rounds = workflow(
        &[
            node("loop", "while@1", condition),
            variable("count", "rounds", json!("{{ ($vars.rounds ?? 0) + 1 }}")),
        ],
        &["start > loop.in", "loop.body > count", "count > loop.next"],
    );
    let view = run(&server, &rounds, &json!({}));
    assert_eq!(view["variables"], json!({ "rounds": 3 }), "{view}");
}

#[test]
fn a_run_has_only_so_many_variables() {
    let data = tempfile::tempdir().unwrap();
    let server = Server::start(data.path(), &[]);
    let long = "x".repeat(60_000);
    let nodes: Vec<Value> = (0..5)
        .map(|at| {
            let mut node = variable(&format!("v{at}"), &format!("v{at}"), json!(long));
            node["settings"] = json!({ "onError": "continue" });
            node
        })
        .collect();
    let document = workflow(
        &nodes,
        &["start > v0", "v0 > v1", "v1 > v2", "v2 > v3", "v3 > v4"],
    );
    let view = run(&server, &document, &json!({}));
    assert_eq!(view["status"], "failed");
    assert_eq!(
        (&view["error"]["code"], &view["error"]["node"]),
        (&json!("too-many-variables"), &json!("v4"))
    );
    assert_eq!(view["variables"].as_object().unwrap().len(), 4);
}

/// Kept over a kill, and a step that is repeated after one sees what it saw before, whatever was set meanwhile.
#[test]
fn variables_outlive_the_server() {
    let runtime = tokio::runtime::Runtime::new().unwrap();
    let bodies: Arc<Mutex<Vec<String>>> = Arc::default();
    let (seen, calls) = (bodies.clone(), AtomicUsize::new(0));
    let slowly_at_first = move |request: &Recorded| {
        seen.lock().unwrap().push(request.body.clone());
        if calls.fetch_add(1, Ordering::SeqCst) == 0 {
            std::thread::sleep(Duration::from_secs(3));
        }
        "{}"
    };
    let world = runtime
        .block_on(HttpServer::builder().on("/slow", slowly_at_first).start())
        .unwrap();
    let data = tempfile::tempdir().unwrap();
    let internal = format!("127.0.0.1:{}", world.port());
    let mut server = Server::start(data.path(), &["--allow-internal", &internal]);
    let body =
        json!({ "type": "json", "json": { "native": "{{ $vars.x }}", "javascript": "{{ $vars.x + 10 }}" } });
    let post = json!({ "method": "POST", "url": world.url("/slow"), "body": body });
    let document = workflow(
        &[
            variable("first", "x", json!(1)),
            node("slow", "http-request@1", post),
            variable("meanwhile", "x", json!(2)),
            node("ask", "approval@1", json!({ "title": "Go on?" })),
            read("read", &[("x", "{{ $vars.x }}")]),
        ],
        &[
            "start > first",
            "first > slow",
            "first > meanwhile",
            "slow > ask",
            "ask.approved > read",
        ],
    );
    let id = server.publish(&document);
    let started = server.post(&format!("/api/workflows/{id}/runs"), &json!({ "input": {} }));
    let run = started.body["id"].as_str().unwrap().to_owned();
    until(&server, &run, |view| {
        view["variables"]["x"] == 2 && !bodies.lock().unwrap().is_empty()
    });
    server.kill_and_restart();
    let waiting = until(&server, &run, |view| view["status"] == "waiting");
    let sent: Vec<Value> = bodies
        .lock()
        .unwrap()
        .iter()
        .map(|body| serde_json::from_str(body).unwrap())
        .collect();
    let expected = json!({ "native": 1, "javascript": 11 });
    assert_eq!(sent, [expected.clone(), expected]);
    server.kill_and_restart();
    let steps = waiting["steps"].as_array().unwrap();
    let url = steps.iter().find_map(|step| step["resumeUrl"].as_str()).unwrap();
    let url = &url[url.find("/api/resume/").unwrap()..];
    let form = [("content-type", "application/x-www-form-urlencoded")];
    let answer = server.send(
        ureq::http::Method::POST,
        url,
        &form,
        Some(b"choice=approve".to_vec()),
    );
    assert_eq!(answer.unwrap().status, 200);
    let view = until(&server, &run, |view| {
        view["status"] != "waiting" && view["status"] != "running"
    });
    assert_eq!(view["status"], "succeeded", "{view}");
    let read = view["result"].as_array().unwrap().iter();
    let read: Vec<&Value> = read.filter(|left| left["node"] == "read").collect();
    assert_eq!(read[0]["items"], json!([{ "x": 2 }]), "{view}");
}

/// A Code node reads what its parameter `values` brings: other nodes' items, and variables.
#[test]
fn code_reads_other_nodes_and_variables_by_its_values() {
    let data = tempfile::tempdir().unwrap();
    let server = Server::start(data.path(), &[]);
    let values = json!({
        "orders": "{{ $('start').all() }}", "rate": "{{ $vars.rate }}", "first": "{{ $('start').first().json.net }}",
    });
    let javascript =
        "return $values.orders.map((o) => ({ price: o.json.net * $values.rate, first: $values.first }));";
    let python =
        "return [{'price': o.json.net * _values.rate, 'first': _values.first} for o in _values.orders]";
    let document = workflow(
        &[
            variable("rate", "rate", json!(3)),
            node("gone", "set@1", json!({ "fields": [], "keep": "none" })),
            node("js", "code@1", json!({ "values": values, "code": javascript })),
            node("py", "code-python@1", json!({ "values": values, "code": python })),
        ],
        &["start > rate", "rate > gone", "gone > js", "gone > py"],
    );
    let id = server.publish(&document);
    let view = server.run(&id, &json!([{ "net": 2 }, { "net": 4 }]));
    assert_eq!(view["status"], "succeeded", "{view}");
    let expected = json!([{ "price": 6, "first": 2 }, { "price": 12, "first": 2 }]);
    for left in view["result"].as_array().unwrap() {
        assert_eq!(left["items"], expected, "{view}");
    }
    assert_eq!(view["result"].as_array().unwrap().len(), 2);
}
