//! Steps and runs that are tried again. What counts is what arrives at the other side.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use monshyflow_testkit::Recorded;
use monshyflow_testkit::http::HttpServer;
use serde_json::{Value, json};

use crate::document::{node, post, set, trigger, workflow};
use crate::runs::{ENDED, JSON, start, status, until};
use crate::support::{Answer, Server};

struct World {
    _runtime: tokio::runtime::Runtime,
    http: HttpServer,
    _data: tempfile::TempDir,
    server: Server,
    /// Whether `/breaks` still does.
    broken: Arc<AtomicBool>,
}

impl World {
    fn open() -> Self {
        let runtime = tokio::runtime::Runtime::new().unwrap();
        let broken = Arc::new(AtomicBool::new(true));
        let first = AtomicBool::new(true);
        let (breaks, breaks_at_all) = (broken.clone(), broken.clone());
        let http = HttpServer::builder()
            .on("/effect", |_: &Recorded| (JSON, "{}"))
            .on("/slow-once", move |_: &Recorded| {
                if first.swap(false, Ordering::SeqCst) {
                    std::thread::sleep(Duration::from_millis(700));
                }
                (JSON, "{}")
            })
            .on("/effect/{name}", |_: &Recorded| (JSON, "{}"))
            .on("/breaks-at-all", move |_: &Recorded| {
                let fails = breaks_at_all.load(Ordering::SeqCst);
                (status(if fails { 422 } else { 200 }), JSON, "{}")
            })
            // In the round of the third item, as long as it is broken.
            .on("/breaks", move |request: &Recorded| {
                let third = request
                    .header("x-step")
                    .is_some_and(|step| step.ends_with("/2-0"));
                let fails = third && breaks.load(Ordering::SeqCst);
                (status(if fails { 422 } else { 200 }), JSON, "{}")
            });
        let http = runtime.block_on(http.start()).unwrap();
        let data = tempfile::tempdir().unwrap();
        let internal = format!("127.0.0.1:{}", http.port());
        let server = Server::start(data.path(), &["--allow-internal", &internal]);
        Self {
            _runtime: runtime,
            http,
            _data: data,
            server,
            broken,
        }
    }

    fn post(&self, id: &str, path: &str) -> Value {
        post(id, &self.http.url(path))
    }

    fn run(&self, workflow: &str, input: &Value) -> Value {
        let view = start(&self.server, workflow, &json!({ "input": input }));
        until(&self.server, view["id"].as_str().unwrap(), ENDED)
    }

    fn rerun(&self, run: &Value, body: &Value) -> Value {
        let path = format!("/api/runs/{}/rerun", run["id"].as_str().unwrap());
        let answer = self.server.post(&path, body);
        assert_eq!(answer.status, 202, "{}", answer.body);
        until(&self.server, answer.body["id"].as_str().unwrap(), ENDED)
    }

    /// How often each step of a run asked, by node and round.
    fn asked(&self, run: &Value) -> BTreeMap<String, usize> {
        let run = format!("{}/", run["id"].as_str().unwrap());
        let mut asked = BTreeMap::new();
        for request in self.http.ledger().requests() {
            let step = request
                .header("x-step")
                .and_then(|step| step.strip_prefix(&run).map(str::to_owned));
            if let Some(step) = step {
                // Behind the dash is the number of the item.
                let (step, _) = step.rsplit_once('-').unwrap();
                *asked.entry(step.to_owned()).or_default() += 1;
            }
        }
        asked
    }
}

fn counts(expected: &[(&str, usize)]) -> BTreeMap<String, usize> {
    expected
        .iter()
        .map(|(step, count)| ((*step).to_owned(), *count))
        .collect()
}

#[test]
fn a_step_that_takes_too_long_is_tried_again() {
    let world = World::open();
    let mut ask = world.post("ask", "/slow-once");
    ask["settings"] = json!({ "timeoutMs": 500, "retry": { "attempts": 10, "delayMs": 300 } });
    let document = workflow(
        "slow",
        &[trigger(), ask, world.post("after", "/effect")],
        &["start > ask", "ask > after"],
    );
    let run = world.run(&world.server.publish(&document), &json!({}));
    assert_eq!(run["status"], "succeeded", "{run}");
    let events = world.server.events(run["id"].as_str().unwrap(), 0);
    let failed: Vec<&Value> = events
        .iter()
        .filter(|event| event["type"] == "step-failed")
        .collect();
    assert!(!failed.is_empty(), "{events:?}");
    for event in &failed {
        let (code, then) = (&event["error"]["code"], &event["then"]);
        assert_eq!((code, then), (&json!("timed-out"), &json!("retry")));
    }
    let asked = world.asked(&run);
    assert_eq!(asked["after"], 1);
    // On a busy machine an attempt's time may be over before its request is sent.
    assert!(
        (2..=failed.len() + 1).contains(&asked["ask"]),
        "{asked:?}, {events:?}"
    );
}

/// An effect in front of a loop, a loop that breaks in its third round, an effect behind.
fn breaking(world: &World, more: &[Value], edges: &[&str]) -> Value {
    let mut nodes = vec![
        trigger(),
        world.post("before", "/effect"),
        node("each", "for-each@1", json!({})),
        world.post("round", "/breaks"),
    ];
    nodes.extend_from_slice(more);
    let mut all = vec![
        "start > before",
        "before > each.in",
        "each.body > round",
        "round > each.next",
    ];
    all.extend_from_slice(edges);
    workflow("breaking", &nodes, &all)
}

#[test]
fn resuming_repeats_what_failed_and_replaying_repeats_all() {
    let world = World::open();
    let items = json!([{ "n": 0 }, { "n": 1 }, { "n": 2 }, { "n": 3 }]);
    let mut first = world.post("after", "/effect");
    first["settings"] = json!({ "runOnce": true });
    let document = breaking(&world, &[first.clone()], &["each.done > after"]);
    let id = world.server.publish(&document);
    let failed = world.run(&id, &items);
    assert_eq!(failed["status"], "failed", "{failed}");
    let until_failure = [("before", 4), ("round/0", 1), ("round/1", 1), ("round/2", 1)];
    assert_eq!(world.asked(&failed), counts(&until_failure));

    let again = world.rerun(&failed, &json!({ "mode": "resume" }));
    assert_eq!(again["status"], "failed", "{again}");
    world.broken.store(false, Ordering::SeqCst);
    let resumed = world.rerun(&again, &json!({ "mode": "resume" }));
    assert_eq!(resumed["status"], "succeeded", "{resumed}");
    // Requests of resumed runs bear the name of the first.
    let all = [
        ("before", 4),
        ("round/0", 1),
        ("round/1", 1),
        ("round/2", 3),
        ("round/3", 1),
        ("after", 1),
    ];
    assert_eq!(world.asked(&failed), counts(&all));
    assert_eq!(world.asked(&resumed), counts(&[]));

    let every = [
        ("before", 4),
        ("round/0", 1),
        ("round/1", 1),
        ("round/2", 1),
        ("round/3", 1),
        ("after", 1),
    ];
    let replayed = world.rerun(&failed, &json!({ "mode": "replay" }));
    assert_eq!(replayed["status"], "succeeded", "{replayed}");
    assert_eq!(world.asked(&replayed), counts(&every));

    let newer = breaking(
        &world,
        &[first, world.post("new", "/effect")],
        &["each.done > after", "after > new"],
    );
    replace(&world.server, &id, &newer);
    let older = world.rerun(&failed, &json!({ "mode": "replay" }));
    assert_eq!(world.asked(&older), counts(&every), "the version that ran");
    let newer = world.rerun(&failed, &json!({ "mode": "replay", "version": 2 }));
    let mut with_new = every.to_vec();
    with_new.push(("new", 1));
    assert_eq!(world.asked(&newer), counts(&with_new));
    assert_eq!(
        world.asked(&failed),
        counts(&all),
        "the first run is left as it was"
    );
}

/// Twice with one key, or many times at once: one new run, and its effects once.
#[test]
fn a_rerun_with_a_key_is_started_once() {
    let world = World::open();
    let steps = [
        trigger(),
        world.post("effect", "/effect/keyed"),
        world.post("breaks", "/breaks-at-all"),
    ];
    let document = workflow("keyed", &steps, &["start > effect", "effect > breaks"]);
    let id = world.server.publish(&document);
    let failed = world.run(&id, &json!({}));
    assert_eq!(failed["status"], "failed", "{failed}");
    world.broken.store(false, Ordering::SeqCst);
    let path = format!("/api/runs/{}/rerun", failed["id"].as_str().unwrap());
    let ask = |key: &str, body: &Value| {
        let headers = [("idempotency-key", key)];
        world.server.client().try_post(&path, &headers, body).unwrap()
    };
    let heard = || world.http.ledger().requests_to("/effect/keyed").len();
    let modes = [
        (json!({ "mode": "resume" }), 0),
        (json!({ "mode": "replay" }), 1),
        (json!({ "mode": "from", "node": "effect" }), 1),
    ];
    for (body, effects) in &modes {
        let (key, before) = (body["mode"].as_str().unwrap(), heard());
        let first = ask(key, body);
        assert_eq!((first.status, &first.body["existing"]), (202, &json!(false)));
        let ended = until(&world.server, first.body["id"].as_str().unwrap(), ENDED);
        assert_eq!(ended["status"], "succeeded", "{ended}");
        let second = ask(key, body);
        assert_eq!((second.status, &second.body["existing"]), (202, &json!(true)));
        assert_eq!(first.body["id"], second.body["id"]);
        assert_eq!(heard() - before, *effects, "{body}");
    }
    ask("resume", &json!({ "mode": "replay" })).is_problem(422, "idempotency-key-reused");
    let (before, body) = (heard(), json!({ "mode": "replay" }));
    let mut runs: Vec<String> = std::thread::scope(|scope| {
        let asked: Vec<_> = (0..8).map(|_| scope.spawn(|| ask("at-once", &body))).collect();
        let id = |answer: Answer| answer.body["id"].as_str().unwrap().to_owned();
        asked.into_iter().map(|asked| id(asked.join().unwrap())).collect()
    });
    runs.dedup();
    assert_eq!(runs.len(), 1, "{runs:?}");
    until(&world.server, &runs[0], ENDED);
    assert_eq!(heard() - before, 1);
    let all = world.server.get(&format!("/api/runs?workflow={id}")).body;
    assert_eq!(all["items"].as_array().unwrap().len(), 5, "{all}");
    let bad = ask("a b", &body);
    assert_eq!(
        (bad.status, &bad.body["code"]),
        (400, &json!("invalid-idempotency-key"))
    );
}

/// The end of a run stops those that it called. Whoever resumes it resumes them, and has the results of those that ended well.
#[test]
fn resuming_a_run_resumes_those_that_it_called() {
    let world = World::open();
    let nap = |seconds: &str| node("nap", "wait@1", json!({ "amount": seconds, "unit": "second" }));
    let child = workflow(
        "child",
        &[
            node("called", "execute-workflow-trigger@1", json!({})),
            set("keep", "nap", json!("{{ $json.nap }}")),
            world.post("first", "/effect/first"),
            nap("{{ $('keep').item.json.nap }}"),
            world.post("second", "/effect/second"),
        ],
        &["called > keep", "keep > first", "first > nap", "nap > second"],
    );
    let child = world.server.publish(&child);
    let call = |id: &str, wait: bool| {
        let params = json!({ "workflow": child, "mode": "each", "wait": wait });
        node(id, "execute-workflow@1", params)
    };
    let mut last = world.post("last", "/effect/last");
    last["settings"] = json!({ "runOnce": true });
    let document = workflow(
        "caller",
        &[
            trigger(),
            call("call", true),
            last,
            node("soon", "wait@1", json!({ "amount": 1.5, "unit": "second" })),
            world.post("breaks", "/breaks-at-all"),
        ],
        &["start > call", "call > last", "start > soon", "soon > breaks"],
    );
    let failed = world.run(
        &world.server.publish(&document),
        &json!([{ "nap": 0 }, { "nap": 3 }, { "nap": 4 }]),
    );
    assert_eq!(failed["status"], "failed", "{failed}");
    let heard = |name: &str| world.http.ledger().requests_to(&format!("/effect/{name}")).len();
    assert_eq!((heard("first"), heard("second"), heard("last")), (3, 1, 0));
    world.broken.store(false, Ordering::SeqCst);
    let resumed = world.rerun(&failed, &json!({ "mode": "resume" }));
    assert_eq!(resumed["status"], "succeeded", "{resumed}");
    assert_eq!((heard("first"), heard("second"), heard("last")), (3, 3, 1));
}

/// A new version of a workflow.
pub(crate) fn replace(server: &Server, id: &str, document: &Value) {
    let path = format!("/api/workflows/{id}");
    let etag = format!("\"{}\"", server.get(&path).body["etag"]);
    let headers = [("if-match", etag.as_str())];
    let body = document.to_string().into_bytes();
    let answer = server
        .send(ureq::http::Method::PUT, &path, &headers, Some(body))
        .unwrap();
    assert!(answer.status < 300, "{}", answer.body);
    let answer = server.post(&format!("{path}/publish"), &json!({}));
    assert_eq!(answer.body["number"], 2, "{}", answer.body);
}
