//! What is run when a run fails: begun once for each failure, told what happened, and nobody else's trouble.

use std::collections::BTreeSet;

use monshyflow_testkit::Recorded;
use monshyflow_testkit::http::HttpServer;
use serde_json::{Value, json};

use crate::document::{node, post, trigger, workflow};
use crate::reruns::replace;
use crate::runs::{ENDED, start, until};
use crate::support::Server;

/// Fails at its second node, and hands over to the workflow with that id.
fn failing(name: &str, mender: &str) -> Value {
    let stop = node("give up", "stop-and-error@1", json!({ "message": "no more tea" }));
    let mut document = workflow(name, &[trigger(), stop], &["start > give up"]);
    document["settings"] = json!({ "errorWorkflow": mender });
    document
}

fn runs_of(server: &Server, workflow: &str) -> Vec<Value> {
    let page = server.get(&format!("/api/runs?workflow={workflow}&limit=200"));
    page.body["items"].as_array().unwrap().clone()
}

struct World {
    _runtime: tokio::runtime::Runtime,
    http: HttpServer,
    _data: tempfile::TempDir,
}

fn open() -> (World, Server) {
    let runtime = tokio::runtime::Runtime::new().unwrap();
    let http = HttpServer::builder().on("/failed", |_: &Recorded| "{}").start();
    let http = runtime.block_on(http).unwrap();
    let data = tempfile::tempdir().unwrap();
    let internal = format!("127.0.0.1:{}", http.port());
    let server = Server::start(data.path(), &["--allow-internal", &internal]);
    let world = World {
        _runtime: runtime,
        http,
        _data: data,
    };
    (world, server)
}

/// Has a manual trigger too, which is not meant.
fn mender(world: &World) -> Value {
    let mut report = post("report", &world.http.url("/failed"));
    report["params"]["body"] = json!({ "type": "json", "json": "{{ $json }}" });
    workflow(
        "mender",
        &[trigger(), node("failed", "error-trigger@1", json!({})), report],
        &["start > report", "failed > report"],
    )
}

#[test]
fn a_failed_run_starts_its_error_workflow_once() {
    let (world, mut server) = open();
    let mender = server.publish(&mender(&world));
    let id = server.publish(&failing("orders", &mender));
    let failed: BTreeSet<String> = (0..20)
        .map(|_| start(&server, &id, &json!({}))["id"].as_str().unwrap().to_owned())
        .collect();
    server.kill_and_restart();
    for run in &failed {
        assert_eq!(until(&server, run, ENDED)["status"], "failed");
    }
    let menders = runs_of(&server, &mender);
    assert_eq!(menders.len(), failed.len());
    for run in menders {
        let run = until(&server, run["id"].as_str().unwrap(), ENDED);
        assert_eq!(run["status"], "succeeded", "{run}");
    }
    let told = world.http.ledger().requests_to("/failed");
    let bodies = told
        .iter()
        .map(|sent| serde_json::from_str::<Value>(&sent.body).unwrap());
    let mut runs = BTreeSet::new();
    for body in bodies {
        assert_eq!(body["run"]["status"], "failed", "{body}");
        assert_eq!(body["run"]["error"]["node"], "give up", "{body}");
        assert_eq!(body["run"]["error"]["message"], "no more tea", "{body}");
        assert_eq!(body["workflow"]["name"], "orders", "{body}");
        assert_eq!(body["workflow"]["id"], id.as_str(), "{body}");
        runs.insert(body["run"]["id"].as_str().unwrap().to_owned());
    }
    assert_eq!(runs, failed);
}

#[test]
fn an_error_workflow_is_for_published_runs_that_failed_or_were_late() {
    let (world, server) = open();
    let mender = server.publish(&mender(&world));
    let id = server.publish(&failing("draft", &mender));
    let draft = start(&server, &id, &json!({ "draft": true, "wait": true }));
    assert_eq!(draft["status"], "failed", "{draft}");

    let mut late = workflow(
        "late",
        &[trigger(), post("slow", &world.http.url("/delay/60000"))],
        &["start > slow"],
    );
    late["settings"] = json!({ "errorWorkflow": mender, "timeoutMs": 300 });
    let late = server.publish(&late);
    let run = start(&server, &late, &json!({ "wait": true }));
    assert_eq!(run["status"], "timed-out", "{run}");
    let menders = runs_of(&server, &mender);
    assert_eq!(menders.len(), 1, "the draft started none");
    until(&server, menders[0]["id"].as_str().unwrap(), ENDED);
    let told = world.http.ledger().requests_to("/failed");
    let body: Value = serde_json::from_str(&told[0].body).unwrap();
    assert_eq!(body["run"]["status"], "timed-out", "{body}");

    let cancelled = start(&server, &late, &json!({}));
    server.post(
        &format!("/api/runs/{}/cancel", cancelled["id"].as_str().unwrap()),
        &json!({}),
    );
    assert_eq!(runs_of(&server, &mender).len(), 1, "nor did the cancelled run");
}

#[test]
fn a_workflow_without_an_error_trigger_is_no_error_workflow() {
    let (_world, server) = open();
    let by_hand = server.publish(&workflow("by hand", &[trigger()], &[]));
    let id = server.publish(&failing("failing", &by_hand));
    let run = start(&server, &id, &json!({ "wait": true }));
    assert_eq!(run["status"], "failed", "{run}");
    assert_eq!(runs_of(&server, &by_hand).len(), 0);
}

#[test]
fn an_error_workflow_that_fails_or_is_gone_changes_nothing() {
    let (_world, server) = open();
    let stop = node("give up", "stop-and-error@1", json!({ "message": "me too" }));
    let on_failure = node("failed", "error-trigger@1", json!({}));
    let worse = workflow("worse", &[on_failure, stop], &["failed > give up"]);
    let worse_id = server.publish(&worse);
    let mut own = worse;
    own["settings"] = json!({ "errorWorkflow": worse_id });
    replace(&server, &worse_id, &own);
    let id = server.publish(&failing("orders", &worse_id));
    let run = start(&server, &id, &json!({ "wait": true }));
    assert_eq!(run["error"]["message"], "no more tea", "{run}");
    let runs = runs_of(&server, &worse_id);
    let ended = until(&server, runs[0]["id"].as_str().unwrap(), ENDED);
    assert_eq!(ended["status"], "failed", "{ended}");
    assert_eq!(runs_of(&server, &worse_id).len(), 1, "it does not mend itself");

    let gone = server.publish(&failing("gone", "0197c1a2-7d1e-7abc-8def-0123456789ab"));
    let run = start(&server, &gone, &json!({ "wait": true }));
    assert_eq!(run["status"], "failed", "{run}");
    let wrong = server.post(
        &format!("/api/workflows/{gone}/check"),
        &failing("wrong", "mender"),
    );
    let problem = &wrong.body["problems"][0];
    assert_eq!(problem["pointer"], "/settings/errorWorkflow", "{}", wrong.body);
}
