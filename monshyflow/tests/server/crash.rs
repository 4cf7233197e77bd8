//! The promise: no accepted run is lost or stays unfinished, no step with a side effect is repeated after its result was
//! recorded, at most the one in flight when the process died is tried again.

use std::collections::BTreeMap;
use std::time::{Duration, Instant};

use crate::random::Random;
use crate::support::Server;
use monshyflow_testkit::Recorded;
use monshyflow_testkit::http::HttpServer;
use serde_json::{Value, json};

const RUNS: usize = 200;
const KILLS: usize = 10;
const STEPS: [&str; 3] = ["/a", "/b", "/c"];

#[test]
#[expect(clippy::print_stderr, reason = "a test that kills processes says what it did")]
fn killed_ten_times_nothing_is_lost_and_nothing_is_done_twice() {
    let runtime = tokio::runtime::Runtime::new().unwrap();
    let world = runtime.block_on(world());
    let data = tempfile::tempdir().unwrap();
    let internal = format!("127.0.0.1:{}", world.port());
    let mut server = Server::start(data.path(), &["--allow-internal", &internal]);
    let workflow = server.publish(&document(&world));
    let mut random = Random::new(0x9e37_79b9_7f4a_7c15);
    let mut accepted: BTreeMap<usize, String> = BTreeMap::new();
    let mut kills = 0;
    let mut next_kill = Instant::now() + random.pause(60, 360);
    while accepted.len() < RUNS || kills < KILLS {
        for number in 0..RUNS {
            if kills < KILLS && Instant::now() >= next_kill {
                server.kill_and_restart();
                kills += 1;
                next_kill = Instant::now() + random.pause(60, 360);
            }
            if !accepted.contains_key(&number)
                && let Some(run) = start(&server, &workflow, number)
            {
                accepted.insert(number, run);
            }
        }
        if accepted.len() == RUNS {
            std::thread::sleep(Duration::from_millis(20));
        }
    }
    eprintln!("{} runs accepted, server killed {kills} times", accepted.len());
    let runs: Vec<&String> = accepted.values().collect();
    let distinct: std::collections::BTreeSet<_> = runs.iter().collect();
    assert_eq!(distinct.len(), RUNS, "a run was started twice");
    for run in &runs {
        let ended = until_ended(&server, run);
        assert_eq!(ended["status"], "succeeded", "{ended}");
        check_history(&server, run);
    }
    check_ledger(&world.ledger().requests(), &runs);
}

/// Answers slowly enough that kills fall into requests.
async fn world() -> HttpServer {
    let slowly = |_: &Recorded| {
        std::thread::sleep(Duration::from_millis(3));
        r#"{"ok":true}"#.to_owned()
    };
    let mut builder = HttpServer::builder();
    for path in STEPS {
        builder = builder.on(path, slowly);
    }
    builder.start().await.unwrap()
}

/// trigger, /a, set, /b, set, /c: effectful nodes with pure ones between. Every request carries its step's id.
fn document(world: &HttpServer) -> Value {
    let request = |id: &str, path: &str| {
        json!({
            "id": id, "name": id, "type": "http-request@1",
            "params": {"method": "POST", "url": world.url(path), "idempotencyHeader": "x-step"},
        })
    };
    let set = |id: &str| {
        json!({
            "id": id, "name": id, "type": "set@1",
            "params": {"fields": [{"name": "seen", "type": "boolean", "value": true}]},
        })
    };
    let ids = ["start", "a", "s1", "b", "s2", "c"];
    let edges: Vec<Value> = ids
        .windows(2)
        .map(|pair| json!({"from": {"node": pair[0], "port": "main"}, "to": {"node": pair[1], "port": "main"}}))
        .collect();
    let nodes = json!([
        {"id": "start", "name": "start", "type": "manual-trigger@1"},
        request("a", "/a"), set("s1"), request("b", "/b"), set("s2"), request("c", "/c"),
    ]);
    json!({"name": "crash", "nodes": nodes, "edges": edges})
}

/// The same key each time, since a start whose answer was lost may have been accepted.
fn start(server: &Server, workflow: &str, number: usize) -> Option<String> {
    let key = format!("start-{number}");
    let path = format!("/api/workflows/{workflow}/runs");
    let answer = server.client().try_post(
        &path,
        &[("idempotency-key", &key)],
        &json!({"input": {"number": number}}),
    )?;
    assert!(matches!(answer.status, 200 | 202), "{}", answer.body);
    Some(
        answer.body["id"]
            .as_str()
            .expect("an accepted run has an id")
            .to_owned(),
    )
}

fn until_ended(server: &Server, run: &str) -> Value {
    let started = Instant::now();
    loop {
        let answer = server.get(&format!("/api/runs/{run}"));
        assert_eq!(answer.status, 200, "an accepted run is lost: {}", answer.body);
        let status = answer.body["status"].as_str().unwrap();
        if !matches!(status, "queued" | "running") {
            return answer.body;
        }
        assert!(
            started.elapsed() < Duration::from_secs(120),
            "run {run} does not end: {}",
            answer.body
        );
        std::thread::sleep(Duration::from_millis(20));
    }
}

/// No gap in the sequence, one terminal event, one result for each step.
fn check_history(server: &Server, run: &str) {
    let events = server.events(run, 0);
    let sequence: Vec<u64> = events
        .iter()
        .map(|event| event["seq"].as_u64().unwrap())
        .collect();
    let expected: Vec<u64> = (1..=events.len() as u64).collect();
    assert_eq!(sequence, expected);
    let mut results: BTreeMap<&str, usize> = BTreeMap::new();
    for event in events.iter().filter(|event| event["type"] == "step-succeeded") {
        *results.entry(event["node"].as_str().unwrap()).or_default() += 1;
    }
    assert_eq!(results.len(), 6, "{results:?}");
    assert!(results.values().all(|count| *count == 1), "{results:?}");
    let terminal = events
        .iter()
        .filter(|event| event["type"].as_str().unwrap().starts_with("run-succeeded"));
    assert_eq!(terminal.count(), 1);
}

/// /b is asked only when the result of /a is durable, so once a run asked /b it must never ask /a again.
#[expect(clippy::print_stderr, reason = "a test that kills processes says what it did")]
fn check_ledger(requests: &[Recorded], runs: &[&String]) {
    let mut of_run: BTreeMap<&str, Vec<usize>> = BTreeMap::new();
    for request in requests {
        let step = request.header("x-step").expect("every request carries its step");
        let run = runs.iter().find(|run| step.contains(run.as_str()));
        let run = run.unwrap_or_else(|| panic!("a request of a run that nobody accepted: {step}"));
        let place = STEPS.iter().position(|path| *path == request.path).unwrap();
        of_run.entry(run.as_str()).or_default().push(place);
    }
    assert_eq!(of_run.len(), RUNS);
    let mut repeated = 0;
    for (run, places) in &of_run {
        assert!(
            places.is_sorted(),
            "run {run} repeated a step after its result was recorded: {places:?}"
        );
        for place in 0..STEPS.len() {
            assert!(places.contains(&place), "run {run} skipped a step: {places:?}");
        }
        let repeats = places.len() - STEPS.len();
        assert!(
            repeats <= KILLS,
            "run {run} repeated more than the one in flight per kill: {places:?}"
        );
        repeated += repeats;
    }
    eprintln!(
        "{} requests, of them {repeated} in flight at a kill and tried again",
        requests.len()
    );
}
