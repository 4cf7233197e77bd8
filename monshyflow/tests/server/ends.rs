//! Runs that are ended from outside: by cancelling, by their time, by a crash in between. What counts is what arrives at the
//! other side, not what the answer says.

use std::time::{Duration, Instant};

use monshyflow_testkit::Recorded;
use monshyflow_testkit::http::HttpServer;
use serde_json::{Value, json};

use crate::document::{node, post, trigger, workflow};
use crate::random::Random;
use crate::runs::{ENDED, start, until};
use crate::support::Server;

const SEED: u64 = 0x9216_d5d9_8979_fb1b;
/// A request that was under way has arrived by then, and one more would have.
const QUIET: Duration = Duration::from_millis(300);

struct World {
    runtime: tokio::runtime::Runtime,
    http: HttpServer,
    data: tempfile::TempDir,
}

impl World {
    fn open() -> (Self, Server) {
        let runtime = tokio::runtime::Runtime::new().unwrap();
        let soon = |_: &Recorded| {
            std::thread::sleep(Duration::from_millis(2));
            "{}"
        };
        let http = HttpServer::builder().on("/effect/{name}", soon).start();
        let http = runtime.block_on(http).unwrap();
        let data = tempfile::tempdir().unwrap();
        let internal = format!("127.0.0.1:{}", http.port());
        let server = Server::start(data.path(), &["--allow-internal", &internal]);
        (Self { runtime, http, data }, server)
    }

    fn post(&self, name: &str) -> Value {
        post(name, &self.http.url(&format!("/effect/{name}")))
    }

    /// Requests without an end, by a loop and its body.
    fn endless(&self, name: &str) -> [Value; 2] {
        let rounds = json!({ "condition": true, "maxRounds": 100_000 });
        [node("loop", "while@1", rounds), self.post(name)]
    }

    fn count(&self, name: &str) -> usize {
        self.http.ledger().requests_to(&format!("/effect/{name}")).len()
    }

    fn until_heard(&self, name: &str, count: usize) {
        let heard = async {
            while self.count(name) < count {
                tokio::time::sleep(Duration::from_millis(5)).await;
            }
        };
        let patience = Duration::from_secs(60);
        let heard = self
            .runtime
            .block_on(async { tokio::time::timeout(patience, heard).await });
        heard.unwrap_or_else(|_| panic!("{name}: {} of {count}", self.count(name)));
    }

    /// No more requests come.
    fn is_quiet(&self, name: &str) {
        std::thread::sleep(QUIET);
        let before = self.count(name);
        std::thread::sleep(QUIET);
        assert_eq!(self.count(name), before, "{name} goes on");
    }
}

fn call(id: &str, child: &str, mode: &str, wait: bool) -> Value {
    node(
        id,
        "execute-workflow@1",
        json!({ "workflow": child, "mode": mode, "wait": wait }),
    )
}

fn nap(seconds: f64) -> Value {
    node("nap", "wait@1", json!({ "amount": seconds, "unit": "second" }))
}

fn limited(mut document: Value, millis: u64) -> Value {
    document["settings"] = json!({ "timeoutMs": millis });
    document
}

fn looping(name: &str, world: &World, first: Value) -> Value {
    let [rounds, body] = world.endless(name);
    let edges = [
        format!("{} > loop.in", first["id"].as_str().unwrap()),
        format!("loop.body > {name}"),
        format!("{name} > loop.next"),
    ];
    let edges: Vec<&str> = edges.iter().map(String::as_str).collect();
    workflow(name, &[first, rounds, body], &edges)
}

fn called() -> Value {
    node("called", "execute-workflow-trigger@1", json!({}))
}

fn begin(server: &Server, document: &Value) -> String {
    let id = server.publish(document);
    start(server, &id, &json!({}))["id"].as_str().unwrap().to_owned()
}

fn cancel(server: &Server, run: &str) -> Value {
    server.post(&format!("/api/runs/{run}/cancel"), &json!({})).body
}

fn statuses(server: &Server, workflow: &str) -> Vec<String> {
    let page = server
        .get(&format!("/api/runs?workflow={workflow}&limit=200"))
        .body;
    let runs = page["items"].as_array().unwrap().iter();
    runs.map(|run| run["status"].as_str().unwrap().to_owned())
        .collect()
}

#[test]
fn a_cancelled_run_does_nothing_more() {
    let (world, mut server) = World::open();
    let looping = begin(&server, &looping("loop-body", &world, trigger()));
    let waiting = begin(
        &server,
        &workflow(
            "waiting",
            &[trigger(), nap(3.0), world.post("after-nap")],
            &["start > nap", "nap > after-nap"],
        ),
    );
    let slow = post("slow", &world.http.url("/delay/60000"));
    let asking = begin(
        &server,
        &workflow(
            "asking",
            &[trigger(), slow, world.post("after-slow")],
            &["start > slow", "slow > after-slow"],
        ),
    );
    world.until_heard("loop-body", 3);
    until(&server, &waiting, &["waiting"]);
    for run in [&looping, &waiting, &asking] {
        let cancelled = cancel(&server, run);
        assert_eq!(cancelled["status"], "cancelled", "{cancelled}");
    }
    world.is_quiet("loop-body");
    let asked = world.count("loop-body");
    // Neither a new life of the server nor the time at which it would have been woken changes that.
    server.kill_and_restart();
    std::thread::sleep(Duration::from_secs(3));
    assert_eq!(world.count("loop-body"), asked);
    assert_eq!((world.count("after-nap"), world.count("after-slow")), (0, 0));
}

#[test]
fn a_run_takes_those_with_it_that_it_waits_for() {
    let (world, server) = World::open();
    let grandchild = server.publish(&looping("grandchild", &world, called()));
    let child = workflow(
        "child",
        &[called(), call("call", &grandchild, "once", true)],
        &["called > call"],
    );
    let child = server.publish(&child);
    let loose = workflow(
        "loose",
        &[called(), nap(1.0), world.post("loose")],
        &["called > nap", "nap > loose"],
    );
    let loose = server.publish(&loose);
    let resting = workflow(
        "resting",
        &[called(), nap(3_600.0), world.post("rested")],
        &["called > nap", "nap > rested"],
    );
    let resting = server.publish(&resting);
    let parent = |name: &str, beside: &[Value], edges: &[&str]| {
        let mut nodes = vec![
            trigger(),
            call("call", &child, "once", true),
            call("rest", &resting, "once", true),
            call("loose", &loose, "once", false),
        ];
        nodes.extend_from_slice(beside);
        let mut all = vec!["start > call", "start > rest", "start > loose"];
        all.extend_from_slice(edges);
        workflow(name, &nodes, &all)
    };
    let cancelled = begin(&server, &parent("cancelled", &[], &[]));
    let [rounds, body] = world.endless("busy");
    let busy = parent(
        "busy",
        &[rounds, body],
        &["start > loop.in", "loop.body > busy", "busy > loop.next"],
    );
    let timed_out = begin(&server, &limited(busy, 4_000));
    let fails = [nap(4.0), post("fail", &world.http.url("/status/404"))];
    let failed = begin(&server, &parent("fails", &fails, &["start > nap", "nap > fail"]));
    let begun = || [&child, &grandchild, &resting].map(|workflow| statuses(&server, workflow).len());
    let started = Instant::now();
    while begun() != [3; 3] {
        assert!(started.elapsed() < Duration::from_secs(60), "{:?}", begun());
        std::thread::sleep(Duration::from_millis(20));
    }
    world.until_heard("grandchild", 3);
    assert_eq!(cancel(&server, &cancelled)["status"], "cancelled");
    assert_eq!(until(&server, &timed_out, ENDED)["status"], "timed-out");
    assert_eq!(until(&server, &failed, ENDED)["status"], "failed");
    for workflow in [&child, &grandchild, &resting] {
        assert_eq!(
            statuses(&server, workflow),
            ["cancelled"; 3],
            "the end of a run was told before theirs"
        );
    }
    let page = server.get(&format!("/api/runs?workflow={child}")).body;
    for run in page["items"].as_array().unwrap() {
        assert_eq!(run["cancelReason"], "caller-ended", "{run}");
    }
    world.is_quiet("grandchild");
    world.is_quiet("busy");
    world.until_heard("loose", 3);
    assert_eq!((world.count("loose"), world.count("rested")), (3, 0));
}

#[test]
#[expect(clippy::print_stderr, reason = "a test that kills processes says what it did")]
fn a_crash_while_cancelling_leaves_nobody_behind() {
    eprintln!("seed {SEED:#x}");
    let (world, mut server) = World::open();
    let child = server.publish(&looping("child", &world, called()));
    let parent = workflow(
        "parent",
        &[trigger(), call("call", &child, "each", true)],
        &["start > call"],
    );
    let parent = server.publish(&parent);
    let mut random = Random::new(SEED);
    for round in 1..=6 {
        let run = start(&server, &parent, &json!({ "input": [{}, {}, {}] }));
        let run = run["id"].as_str().unwrap().to_owned();
        while statuses(&server, &child).len() < round * 3 {
            std::thread::sleep(Duration::from_millis(5));
        }
        let (client, path) = (server.client(), format!("/api/runs/{run}/cancel"));
        let asking = std::thread::spawn(move || client.try_post(&path, &[], &json!({})).is_some());
        std::thread::sleep(random.pause(0, 60));
        server.kill_and_restart();
        let answered = asking.join().unwrap();
        let view = server.get(&format!("/api/runs/{run}")).body;
        if answered || view["status"] == "cancelled" {
            assert_eq!(view["status"], "cancelled", "what was answered is lost: {view}");
            all_have_ended(&server, &child);
        }
        // Whoever heard no answer asks again. The run may have found a called run cancelled, and failed of it.
        let ended = cancel(&server, &run);
        assert!(
            ["cancelled", "failed"]
                .iter()
                .any(|status| ended["status"] == *status),
            "{ended}"
        );
        all_have_ended(&server, &child);
        eprintln!("answered before the kill: {answered}, ended {}", ended["status"]);
        world.is_quiet("child");
    }
}

/// Cancelled, or failed of the interruption if the process died between that and the run's end.
fn all_have_ended(server: &Server, workflow: &str) {
    let found = statuses(server, workflow);
    let ended = |status: &String| ["cancelled", "failed"].contains(&status.as_str());
    assert!(found.iter().all(ended), "{found:?}");
}

#[test]
fn the_time_of_a_run_ends_its_requests_and_does_not_count_waits() {
    let (world, server) = World::open();
    // One wait that is sat out and one that is not, each longer than the run may work.
    let document = |name: &str, seconds: f64| {
        let [rounds, body] = world.endless(name);
        let edges = [
            "start > nap".to_owned(),
            "nap > loop.in".to_owned(),
            format!("loop.body > {name}"),
            format!("{name} > loop.next"),
        ];
        let edges: Vec<&str> = edges.iter().map(String::as_str).collect();
        limited(
            workflow(name, &[trigger(), nap(seconds), rounds, body], &edges),
            1_000,
        )
    };
    let near = begin(&server, &document("near", 1.5));
    let far = begin(&server, &document("far", 3.0));
    for (run, name) in [(near, "near"), (far, "far")] {
        let view = until(&server, &run, ENDED);
        assert_eq!(view["status"], "timed-out", "{view}");
        assert!(world.count(name) > 0, "the wait took the time of {name}");
        world.is_quiet(name);
    }
    assert!(world.data.path().exists());
}
