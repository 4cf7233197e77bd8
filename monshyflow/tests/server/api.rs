//! The API as a client sees it when it does wrong things.

use std::path::{Path, PathBuf};
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
            {"id": "d", "name": "e", "type": "no-op@1"},
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
    let text = |problem: &Value, name: &str| problem[name].as_str().unwrap().to_owned();
    let mut found: Vec<(String, String)> = problems
        .iter()
        .map(|problem| (text(problem, "code"), text(problem, "pointer")))
        .collect();
    found.sort();
    let found: Vec<(&str, &str)> = found
        .iter()
        .map(|(code, at)| (code.as_str(), at.as_str()))
        .collect();
    let expected = [
        ("cycle", "/nodes/1"),
        ("duplicate-id", "/nodes/4/id"),
        ("duplicate-name", "/nodes/1/name"),
        // Edges lead to the first node with an id.
        ("input-unconnected", "/nodes/4"),
        ("node-unreachable", "/nodes/4"),
        ("parameter-invalid", "/nodes/3/params/fields"),
        ("type-unknown", "/nodes/2/type"),
    ];
    assert_eq!(found, expected);
    let checked = server.post(&format!("/api/workflows/{id}/check"), &document);
    assert_eq!(checked.body["problems"], published.body["problems"]);
}

#[test]
fn bad_starts_leave_no_run_and_bad_reruns_neither() {
    let (_data, server) = start();
    let id = server.publish(&chain("no-op@1", &json!({})));
    let good = server.run(&id, &json!({}));
    let post = |path: &str, headers: &[(&str, &str)], body: &[u8], status: u16, code: &str| {
        let answer = server
            .send(Method::POST, path, headers, Some(body.to_vec()))
            .unwrap();
        let shown = String::from_utf8_lossy(&body[..body.len().min(60)]).into_owned();
        assert_eq!(
            (answer.status, &answer.body["code"]),
            (status, &json!(code)),
            "{shown}: {}",
            answer.body
        );
        check_problem(&answer, status);
    };
    let deep = format!("{}{}", "[".repeat(10_000), "]".repeat(10_000));
    let runs = format!("/api/workflows/{id}/runs");
    for (body, status, code) in [
        (String::new(), 400, "malformed-json"),
        ("{\"input\": {}".to_owned(), 400, "malformed-json"),
        ("[]".to_owned(), 422, "invalid-body"),
        (r#"{"inptu": {}}"#.to_owned(), 422, "invalid-body"),
        (r#"{"input": {}, "input": {}}"#.to_owned(), 422, "invalid-body"),
        (r#"{"draft": true, "version": 1}"#.to_owned(), 422, "invalid-body"),
        (r#"{"version": 7}"#.to_owned(), 404, "not-found"),
        (r#"{"trigger": "next"}"#.to_owned(), 422, "unknown-trigger"),
        (r#"{"to": "nothing"}"#.to_owned(), 422, "unknown-node"),
        (
            r#"{"only": "next", "to": "next"}"#.to_owned(),
            422,
            "invalid-body",
        ),
        (format!(r#"{{"input": {deep}}}"#), 422, "invalid-input"),
        (
            format!(r#"{{"input": [{{"a": {deep}}}], "wait": true}}"#),
            422,
            "invalid-input",
        ),
    ] {
        post(&runs, &[], body.as_bytes(), status, code);
    }
    post(&runs, &[], &vec![b' '; 17 << 20], 413, "body-too-large");
    post(&runs, &[], b"{\"input\": \"\xff\"}", 400, "invalid-utf8");
    post(
        &runs,
        &[("content-type", "text/plain")],
        b"{}",
        415,
        "unsupported-media-type",
    );
    post(
        &runs,
        &[("idempotency-key", "")],
        b"{}",
        400,
        "invalid-idempotency-key",
    );
    let rerun = format!("/api/runs/{}/rerun", good["id"].as_str().unwrap());
    for (body, status, code) in [
        ("{}", 422, "invalid-body"),
        (r#"{"mode": "again"}"#, 422, "invalid-body"),
        (r#"{"mode": "from"}"#, 422, "invalid-body"),
        (r#"{"mode": "from", "node": "nothing"}"#, 422, "unknown-node"),
        (r#"{"mode": "replay", "version": 7}"#, 404, "not-found"),
    ] {
        post(&rerun, &[], body.as_bytes(), status, code);
    }
    let left = server.get("/api/runs").body;
    assert_eq!(left["items"].as_array().unwrap().len(), 1, "{left}");
}

#[test]
fn refused_uploads_leave_no_node_type_and_no_object() {
    let (data, server) = start();
    let upload = |wasm: Vec<u8>, kind: &str| {
        let headers = [("content-type", kind)];
        let answer = server.send(Method::POST, "/api/node-types", &headers, Some(wasm));
        let answer = answer.unwrap();
        check_problem(&answer, answer.status);
        (answer.status, answer.body["code"].as_str().unwrap().to_owned())
    };
    let state = || {
        let list = server.get("/api/node-types?limit=200").body;
        (list, files(&data.path().join("objects")))
    };
    let (before, whole) = (state(), monshyflow_testkit::node("set"));
    let wasm = "application/wasm";
    let uploads = [
        (Vec::new(), wasm, 422, "invalid-wasm"),
        (b"not wasm".to_vec(), wasm, 422, "invalid-wasm"),
        (b"\0asm\x01\0\0\0".to_vec(), wasm, 422, "core-module"),
        (whole[..whole.len() / 2].to_vec(), wasm, 422, "invalid-wasm"),
        (whole.clone(), wasm, 409, "node-type-name-taken"),
        (whole, "application/json", 415, "unsupported-media-type"),
        (vec![0; (32 << 20) + 1], wasm, 413, "body-too-large"),
    ];
    let expected = uploads
        .iter()
        .map(|(_, _, status, code)| (*status, (*code).to_owned()));
    let expected: Vec<(u16, String)> = expected.collect();
    let answered = uploads.map(|(bytes, kind, ..)| upload(bytes, kind));
    assert_eq!(answered.as_slice(), expected);
    assert_eq!(state(), before);
}

/// Every file below a folder, with its size.
fn files(folder: &Path) -> Vec<(PathBuf, u64)> {
    let (mut found, mut folders) = (Vec::new(), vec![folder.to_owned()]);
    while let Some(folder) = folders.pop() {
        for entry in std::fs::read_dir(folder).unwrap() {
            let (path, metadata) = entry
                .map(|entry| (entry.path(), entry.metadata().unwrap()))
                .unwrap();
            match metadata.is_dir() {
                true => folders.push(path),
                false => found.push((path, metadata.len())),
            }
        }
    }
    found.sort();
    found
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
    let last = events.last().unwrap();
    assert_eq!(
        (&last["type"], &last["reason"]),
        (&json!("run-cancelled"), &json!("requested"))
    );
    assert_eq!(cancelled.body["cancelReason"], "requested");
}
