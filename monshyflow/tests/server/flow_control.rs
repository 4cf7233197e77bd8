//! Runs of one workflow beside each other, as its document allows them.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use monshyflow_testkit::Recorded;
use monshyflow_testkit::http::HttpServer;
use serde_json::{Value, json};

use crate::document::{node, post, trigger, workflow};
use crate::support::Server;

/// How many requests of a path are under way, and the most that ever were.
type Counts = Arc<Mutex<BTreeMap<String, (usize, usize)>>>;

struct World {
    http: HttpServer,
    counts: Counts,
    server: Server,
    _data: tempfile::TempDir,
    _runtime: tokio::runtime::Runtime,
}

impl World {
    fn open() -> Self {
        let runtime = tokio::runtime::Builder::new_multi_thread()
            .worker_threads(16)
            .enable_all()
            .build()
            .unwrap();
        let counts = Counts::default();
        let counting = counts.clone();
        let slowly = move |asked: &Recorded| {
            let change = |by: isize| {
                let mut counts = counting.lock().unwrap_or_else(PoisonError::into_inner);
                let (now, most) = counts.entry(asked.path.clone()).or_default();
                *now = now.checked_add_signed(by).unwrap();
                *most = (*most).max(*now);
            };
            change(1);
            std::thread::sleep(Duration::from_millis(30));
            change(-1);
            "{}"
        };
        let server = HttpServer::builder().on("/work/{key}", slowly).start();
        let http = runtime.block_on(server).unwrap();
        let data = tempfile::tempdir().unwrap();
        let internal = format!("127.0.0.1:{}", http.port());
        Self {
            server: Server::start(data.path(), &["--allow-internal", &internal]),
            http,
            counts,
            _data: data,
            _runtime: runtime,
        }
    }

    fn publish(&self, flow: &Value, last: &Value) -> String {
        let edge = format!("start > {}", last["id"].as_str().unwrap());
        let mut document = workflow("flow control", &[trigger(), last.clone()], &[&edge]);
        document["settings"] = json!({ "flow": flow });
        self.server.publish(&document)
    }

    fn work(&self) -> Value {
        post("work", &self.http.url("/work/{{ $json.key }}"))
    }

    /// Id of the run, and whether it was there before.
    fn start(&self, workflow: &str, key: &str) -> (String, bool) {
        let path = format!("/api/workflows/{workflow}/runs");
        let answer = self.server.post(&path, &json!({ "input": { "key": key } }));
        assert_eq!(answer.status, 202, "{}", answer.body);
        let existing = answer.body["existing"].as_bool().unwrap();
        (answer.body["id"].as_str().unwrap().to_owned(), existing)
    }

    fn status(&self, run: &str) -> String {
        let answer = self.server.get(&format!("/api/runs/{run}"));
        answer.body["status"].as_str().unwrap().to_owned()
    }

    fn until(&self, run: &str, status: &str) {
        let started = Instant::now();
        while self.status(run) != status {
            assert!(
                started.elapsed() < Duration::from_secs(120),
                "{}",
                self.status(run)
            );
            std::thread::sleep(Duration::from_millis(10));
        }
    }

    fn cancel(&self, run: &str) -> Value {
        let answer = self.server.post(&format!("/api/runs/{run}/cancel"), &json!({}));
        assert_eq!(answer.status, 200, "{}", answer.body);
        answer.body
    }
}

fn approval() -> Value {
    node("ask", "approval@1", json!({}))
}

#[test]
fn never_more_than_the_limit_of_a_key_work_at_once() {
    let mut world = World::open();
    let flow = json!({ "concurrency": { "limit": 2, "key": "{{ $json.key }}" } });
    let workflow = world.publish(&flow, &world.work());
    let mut runs = Vec::new();
    for number in 0..24 {
        runs.push(world.start(&workflow, if number % 3 == 0 { "b" } else { "a" }).0);
        if number == 16 {
            world.server.kill_and_restart();
        }
    }
    for run in &runs {
        world.until(run, "succeeded");
    }
    let asked = world.http.ledger().len();
    let counts = world.counts.lock().unwrap_or_else(PoisonError::into_inner);
    assert_eq!(counts.len(), 2, "{counts:?}");
    // Of those in flight when the process died, the HTTP server may still have had some when they were tried again.
    assert!((24..=28).contains(&asked), "{asked}");
    assert!(
        counts
            .values()
            .all(|(now, most)| *now == 0 && (2..=4).contains(most)),
        "{counts:?}"
    );
}

#[test]
fn without_a_restart_the_limit_is_exact() {
    let world = World::open();
    let flow = json!({ "concurrency": { "limit": 2, "key": "{{ $json.key }}" } });
    let workflow = world.publish(&flow, &world.work());
    let runs: Vec<_> = (0..18)
        .map(|number| world.start(&workflow, ["a", "b"][number % 2]).0)
        .collect();
    for run in &runs {
        world.until(run, "succeeded");
    }
    let counts = world.counts.lock().unwrap_or_else(PoisonError::into_inner);
    assert!(
        counts.len() == 2 && counts.values().all(|(_, most)| *most <= 2),
        "{counts:?}"
    );
    assert_eq!(world.http.ledger().len(), runs.len());
}

#[test]
fn a_queued_run_is_cancelled_without_a_place() {
    let mut world = World::open();
    let stall = post("work", &world.http.url("/stall/0"));
    let workflow = world.publish(&json!({ "concurrency": { "limit": 1 } }), &stall);
    let runs: Vec<_> = (0..3).map(|_| world.start(&workflow, "a").0).collect();
    world.until(&runs[0], "running");
    let ended = world.cancel(&runs[1]);
    assert_eq!(
        (&ended["status"], &ended["steps"]),
        (&json!("cancelled"), &json!([]))
    );
    assert_eq!(world.status(&runs[2]), "queued");
    // Which of the two gets the place then is not said; the other one needs none to end.
    world.server.kill_and_restart();
    assert_eq!(world.cancel(&runs[0])["status"], "cancelled");
    assert_eq!(world.cancel(&runs[2])["status"], "cancelled");
}

#[test]
fn a_singleton_answers_with_the_run_that_is_there() {
    let mut world = World::open();
    let flow = json!({ "singleton": { "mode": "skip", "key": "{{ $json.key }}" } });
    let workflow = world.publish(&flow, &approval());
    let (first, existing) = world.start(&workflow, "a");
    assert!(!existing);
    world.until(&first, "waiting");
    assert_eq!(world.start(&workflow, "a"), (first.clone(), true));
    let (other, existing) = world.start(&workflow, "b");
    assert!(!existing && other != first);
    world.server.kill_and_restart();
    assert_eq!(world.start(&workflow, "a"), (first.clone(), true));
    world.cancel(&first);
    let (second, existing) = world.start(&workflow, "a");
    assert!(!existing && second != first);
    let rerun = world
        .server
        .post(&format!("/api/runs/{first}/rerun"), &json!({ "mode": "replay" }));
    assert_eq!(
        (&rerun.body["id"], &rerun.body["existing"]),
        (&json!(second), &json!(true))
    );
}

#[test]
fn a_singleton_ends_the_run_that_is_there() {
    let mut world = World::open();
    let flow = json!({ "singleton": { "mode": "cancel", "key": "{{ $json.key }}" } });
    let workflow = world.publish(&flow, &approval());
    let (first, _) = world.start(&workflow, "a");
    let (other, _) = world.start(&workflow, "b");
    world.until(&first, "waiting");
    world.server.kill_and_restart();
    let (second, existing) = world.start(&workflow, "a");
    assert!(!existing && second != first);
    assert_eq!(world.status(&first), "cancelled");
    let answer = world.server.get(&format!("/api/runs/{first}"));
    assert_eq!(answer.body["cancelReason"], "replaced", "{}", answer.body);
    let resumed = world
        .server
        .post(&format!("/api/runs/{first}/rerun"), &json!({ "mode": "resume" }));
    assert_eq!(resumed.status, 202, "{}", resumed.body);
    assert_eq!(world.status(&second), "cancelled");
    world.until(resumed.body["id"].as_str().unwrap(), "waiting");
    world.until(&other, "waiting");
}

#[test]
fn a_run_cannot_be_the_singleton_of_its_caller() {
    let world = World::open();
    let call = |id: &str| node("call", "execute-workflow@1", json!({ "workflow": id }));
    let flow = json!({ "singleton": { "mode": "cancel" } });
    let nodes = [
        node("start", "execute-workflow-trigger@1", json!({})),
        call("{{ $workflow.id }}"),
    ];
    let mut document = workflow("circle", &nodes, &["start > call"]);
    document["settings"] = json!({ "flow": flow });
    let id = world.server.publish(&document);
    let ended = world.server.run(&id, &json!({}));
    assert_eq!(ended["status"], "failed", "{ended}");
    assert!(ended["error"].to_string().contains("singleton"), "{ended}");
}
