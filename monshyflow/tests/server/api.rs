//! The API as a client sees it when it does wrong things.

use std::time::{Duration, Instant};

use crate::support::{Answer, Server};
use monshyflow_testkit::http::HttpServer;
use serde_json::{Value, json};
use ureq::http::Method;

fn chain(node_type: &str, params: &Value) -> Value {
    json!({
        "name": "chain",
        "nodes": [
            {"id": "start", "name": "start", "type": "manual-trigger@1"},
            {"id": "next", "name": "next", "type": node_type, "params": params},
        ],
        "edges": [{"from": {"node": "start", "port": "main"}, "to": {"node": "next", "port": "main"}}],
    })
}

fn start() -> (tempfile::TempDir, Server) {
    let data = tempfile::tempdir().unwrap();
    let server = Server::start(data.path(), &[]);
    (data, server)
}

fn check_problem(answer: &Answer, status: u16) {
    assert_eq!(answer.status, status, "{}", answer.body);
    assert!(
        answer.content_type.starts_with("application/problem+json"),
        "{answer:?}"
    );
    assert!(
        answer.body["code"].as_str().is_some_and(|code| !code.is_empty()),
        "{}",
        answer.body
    );
}

#[test]
fn bad_documents_are_refused_and_nothing_is_kept() {
    let (_data, server) = start();
    let post = |body: Vec<u8>| {
        server
            .send(Method::POST, "/api/workflows", &[], Some(body))
            .unwrap()
    };
    for (body, status) in [
        (Vec::new(), 400..=422),
        (b"{".to_vec(), 400..=422),
        (b"\xff\xfe{}".to_vec(), 400..=422),
        (
            format!("{}{}", "[".repeat(10_000), "]".repeat(10_000)).into_bytes(),
            400..=422,
        ),
        (br#"{"name": "x", "nodes": 5}"#.to_vec(), 400..=422),
        (
            br#"{"name": "x", "nodes": [], "surprise": 1}"#.to_vec(),
            400..=422,
        ),
        (vec![b' '; 40 << 20], 413..=413),
    ] {
        let answer = post(body.clone());
        let shown = String::from_utf8_lossy(&body[..body.len().min(60)]).into_owned();
        assert!(status.contains(&answer.status), "{shown}: {answer:?}");
        check_problem(&answer, answer.status);
    }
    let list = server.get("/api/workflows");
    assert_eq!(list.body["items"], json!([]));
}

#[test]
fn a_draft_with_problems_is_kept_but_not_published_and_every_problem_has_a_place() {
    let (_data, server) = start();
    let document = json!({
        "name": "wrong",
        "nodes": [
            {"id": "a", "name": "start", "type": "manual-trigger@1"},
            {"id": "b", "name": "start", "type": "no-op@1"},
            {"id": "c", "name": "c", "type": "no-such-node@1"},
            {"id": "d", "name": "d", "type": "set@1", "params": {"fields": 5}},
        ],
        "edges": [
            {"from": {"node": "a", "port": "main"}, "to": {"node": "b", "port": "main"}},
            {"from": {"node": "b", "port": "main"}, "to": {"node": "d", "port": "main"}},
            {"from": {"node": "d", "port": "main"}, "to": {"node": "b", "port": "main"}},
        ],
    });
    let created = server.post("/api/workflows", &document);
    assert_eq!(created.status, 201, "{}", created.body);
    let id = created.body["id"].as_str().unwrap();
    let published = server.post(&format!("/api/workflows/{id}/publish"), &json!({}));
    check_problem(&published, 422);
    let problems = published.body["problems"].as_array().unwrap();
    let codes: Vec<&str> = problems
        .iter()
        .map(|problem| problem["code"].as_str().unwrap())
        .collect();
    assert!(codes.len() >= 4, "{codes:?}");
    assert!(
        problems.iter().all(|problem| problem["pointer"].is_string()),
        "{problems:?}"
    );
}

#[test]
fn strangers_and_lost_updates_are_refused() {
    let (_data, mut server) = start();
    let id = server.publish(&chain("no-op@1", &json!({})));
    let path = format!("/api/workflows/{id}");
    let document = chain("no-op@1", &json!({})).to_string().into_bytes();
    let stale = server
        .send(
            Method::PUT,
            &path,
            &[("if-match", "\"1\"")],
            Some(document.clone()),
        )
        .unwrap();
    check_problem(&stale, 412);
    check_problem(
        &server.send(Method::PUT, &path, &[], Some(document)).unwrap(),
        428,
    );
    check_problem(
        &server.get("/api/workflows/019a0000-0000-7000-8000-000000000000"),
        404,
    );
    check_problem(&server.get("/api/workflows/nonsense"), 404);
    check_problem(&server.get("/api/runs/019a0000-0000-7000-8000-000000000000"), 404);
    server.key = format!("mfk_{}", "0".repeat(64));
    check_problem(&server.get(&path), 401);
}

#[test]
fn an_idempotent_start_starts_once() {
    let (_data, server) = start();
    let id = server.publish(&chain("no-op@1", &json!({})));
    let path = format!("/api/workflows/{id}/runs");
    let start = || {
        server
            .client()
            .try_post(&path, &[("idempotency-key", "k1")], &json!({"input": {}}))
            .unwrap()
    };
    let (first, second) = (start(), start());
    assert_eq!(
        first.body["id"], second.body["id"],
        "{} {}",
        first.body, second.body
    );
    let runs = server.get(&format!("/api/runs?workflow={id}"));
    assert_eq!(runs.body["items"].as_array().unwrap().len(), 1, "{}", runs.body);
}

#[test]
fn cancel_reaches_a_request_under_way() {
    let runtime = tokio::runtime::Runtime::new().unwrap();
    let world = runtime.block_on(HttpServer::start()).unwrap();
    let data = tempfile::tempdir().unwrap();
    let server = Server::start(
        data.path(),
        &["--allow-internal", &format!("127.0.0.1:{}", world.port())],
    );
    let id = server.publish(&chain(
        "http-request@1",
        &json!({"url": world.url("/delay/60000")}),
    ));
    let started = server.post(&format!("/api/workflows/{id}/runs"), &json!({"input": {}}));
    assert_eq!(started.status, 202, "{}", started.body);
    let run = started.body["id"].as_str().unwrap();
    let patience = Instant::now();
    while world.ledger().is_empty() {
        assert!(
            patience.elapsed() < Duration::from_secs(20),
            "the request never came"
        );
        std::thread::sleep(Duration::from_millis(10));
    }
    let asked = Instant::now();
    let cancelled = server.post(&format!("/api/runs/{run}/cancel"), &json!({}));
    assert_eq!(cancelled.status, 200, "{}", cancelled.body);
    assert_eq!(cancelled.body["status"], "cancelled", "{}", cancelled.body);
    assert!(asked.elapsed() < Duration::from_secs(5));
    let events = server.events(run, 0);
    assert_eq!(events.last().unwrap()["type"], "run-cancelled");
}
