//! The promise of `crash.rs` for runs that loop, wait, ask people and call other workflows: nothing is lost, nothing is done
//! twice, and each called run exists once.

use std::collections::{BTreeMap, BTreeSet};
use std::time::{Duration, Instant};

use serde_json::{Value, json};

use crate::document::{node, set, trigger, workflow};
use crate::effects::{World, ended_well};
use crate::random::Random;
use crate::support::{Client, Server};

const RUNS: usize = 30;
const KILLS: usize = 10;
const SEED: u64 = 0x2545_f491_4f6c_dd1d;
/// What one run does outside, by node and round, without the runs that it calls.
const EFFECTS: [&str; 9] = [
    "/e/0",
    "/e/1",
    "/e/2",
    "/e/3",
    "/w/0",
    "/w/1",
    "/w/2",
    "/approved",
    "/end",
];
/// Runs that it calls, by workflow.
const CALLED: [(&str, usize); 3] = [("each", 2), ("together", 1), ("loose", 1)];

/// What the client knows when it has started and answered everything.
struct Told {
    runs: Vec<String>,
    /// Answers that the server took, and those of which nobody knows.
    answered: usize,
    unsure: usize,
}

#[test]
#[expect(clippy::print_stderr, reason = "a test that kills processes says what it did")]
fn killed_ten_times_loops_waits_and_calls_go_on() {
    eprintln!("seed {SEED:#x}");
    let mut world = World::open();
    let data = tempfile::tempdir().unwrap();
    let mut server = Server::start(data.path(), &["--allow-internal", &world.internal()]);
    let called = CALLED.map(|(name, _)| server.publish(&child(name, &world)));
    let parent = server.publish(&parent(&world, &called));
    let client = server.client();
    let client = std::thread::spawn(move || start_and_answer(&client, &parent));
    let mut random = Random::new(SEED);
    for _ in 0..KILLS {
        std::thread::sleep(random.pause(100, 900));
        world.kill_and_restart(&mut server);
    }
    let told = client.join().unwrap();
    let mut all = BTreeSet::new();
    for run in &told.runs {
        assert!(all.insert(run.clone()), "a run was started twice");
    }
    let mut events = BTreeMap::new();
    for run in &told.runs {
        events.insert(run.clone(), ended_well(&server, run));
    }
    for (workflow, (name, count)) in called.iter().zip(CALLED) {
        let runs = runs_of(&server, workflow);
        assert_eq!(runs.len(), RUNS * count, "runs of `{name}`");
        for run in runs {
            events.insert(run.clone(), ended_well(&server, &run));
        }
    }
    let resumed = events.values().flatten();
    let signals = resumed.filter(|event| event["type"] == "step-resumed" && event["by"] == "signal");
    assert_eq!(signals.count(), RUNS, "each answer counts once");
    assert_eq!(told.answered + told.unsure, RUNS);
    let effects = |run: &String| match told.runs.contains(run) {
        true => EFFECTS.map(|effect| format!("{run}{effect}")).to_vec(),
        false => vec![format!("{run}/c")],
    };
    let expected = events.keys().flat_map(effects).collect();
    let checked = world.check(&expected, &events);
    eprintln!(
        "{checked}; {} answers of which the client did not hear",
        told.unsure
    );
}

fn once(mut node: Value) -> Value {
    node["settings"] = json!({ "runOnce": true });
    node
}

/// A loop of requests side by side and a loop of rounds; beside them a person and a wait; then runs of other workflows.
fn parent(world: &World, called: &[String; 3]) -> Value {
    let call = |id: &str, workflow: &String, mode: &str, wait: bool| {
        let params = json!({ "workflow": workflow, "mode": mode, "wait": wait });
        node(id, "execute-workflow@1", params)
    };
    let nap = json!({ "amount": "{{ $('start').first().json.nap }}", "unit": "second" });
    workflow(
        "crash-flow",
        &[
            trigger(),
            node("each", "for-each@1", json!({ "concurrency": 3 })),
            world.post("e"),
            once(set("one", "n", json!(0))),
            node("while", "while@1", json!({ "condition": "{{ $json.n < 3 }}" })),
            set("count", "n", json!("{{ $json.n + 1 }}")),
            world.post("w"),
            set("back", "n", json!("{{ $('count').item.json.n }}")),
            once(node("ask", "approval@1", json!({ "title": "Go on?" }))),
            node("nap", "wait@1", nap),
            world.post("approved"),
            call("call-each", &called[0], "each", true),
            call("call-together", &called[1], "once", true),
            call("call-loose", &called[2], "once", false),
            once(world.post("end")),
        ],
        &[
            "start > each.in",
            "each.body > e",
            "e > each.next",
            "each.done > one",
            "one > while.in",
            "while.body > count",
            "count > w",
            "w > back",
            "back > while.next",
            "while.done > call-each",
            "start > ask",
            "ask.approved > nap",
            "nap > approved",
            "approved > call-each",
            "call-each > call-together",
            "call-together > call-loose",
            "call-loose > end",
        ],
    )
}

/// One that is called together waits long enough to be let go of.
fn child(name: &str, world: &World) -> Value {
    let seconds = if name == "together" { 3 } else { 1 };
    workflow(
        name,
        &[
            node("called", "execute-workflow-trigger@1", json!({})),
            node("nap", "wait@1", json!({ "amount": seconds, "unit": "second" })),
            once(world.post("c")),
        ],
        &["called > nap", "nap > c"],
    )
}

/// Asks again whenever the server is not there.
fn start_and_answer(client: &Client, workflow: &str) -> Told {
    let mut told = Told {
        runs: (0..RUNS).map(|number| start(client, workflow, number)).collect(),
        answered: 0,
        unsure: 0,
    };
    let mut open: Vec<(String, bool)> = told.runs.iter().map(|run| (run.clone(), false)).collect();
    let started = Instant::now();
    while !open.is_empty() {
        assert!(
            started.elapsed() < Duration::from_secs(240),
            "nobody asks: {open:?}"
        );
        std::thread::sleep(Duration::from_millis(20));
        open.retain_mut(|(run, unsure)| match answer(client, run, *unsure) {
            Answered::Not => true,
            Answered::Unsure => {
                *unsure = true;
                true
            }
            Answered::Yes => {
                told.answered += usize::from(!*unsure);
                told.unsure += usize::from(*unsure);
                false
            }
        });
    }
    told
}

enum Answered {
    Not,
    /// It was sent, and the server died.
    Unsure,
    Yes,
}

fn start(client: &Client, workflow: &str, number: usize) -> String {
    let key = format!("start-{number}");
    let body = json!({ "input": [
        { "nap": 1 + number % 2 * 2, "n": 0 }, { "n": 1 }, { "n": 2 }, { "n": 3 },
    ] });
    loop {
        let path = format!("/api/workflows/{workflow}/runs");
        // The same key each time, since a start whose answer was lost may have been accepted.
        if let Some(answer) = client.try_post(&path, &[("idempotency-key", &key)], &body) {
            assert_eq!(answer.status, 202, "{}", answer.body);
            return answer.body["id"].as_str().unwrap().to_owned();
        }
        std::thread::sleep(Duration::from_millis(20));
    }
}

fn answer(client: &Client, run: &str, before: bool) -> Answered {
    let Some(view) = client.try_get(&format!("/api/runs/{run}")) else {
        return Answered::Not;
    };
    assert_eq!(view.status, 200, "an accepted run is lost: {}", view.body);
    let steps = view.body["steps"].as_array().unwrap();
    let asks = steps.iter().find(|step| step["node"] == "ask");
    let Some(asks) = asks else { return Answered::Not };
    let Some(url) = asks["resumeUrl"].as_str() else {
        // Somebody has answered, and nobody but this client does.
        let was_taken = before && asks["status"] != "running";
        return if was_taken { Answered::Yes } else { Answered::Not };
    };
    let path = &url[url.find("/api/resume/").unwrap()..];
    match client.try_post(path, &[], &json!({ "choice": "approve" })) {
        None => Answered::Unsure,
        Some(answer) if answer.status == 200 => Answered::Yes,
        Some(answer) => {
            assert!(before && answer.status == 409, "{}", answer.body);
            Answered::Yes
        }
    }
}

/// All runs of a workflow.
fn runs_of(server: &Server, workflow: &str) -> Vec<String> {
    let (mut runs, mut cursor) = (Vec::new(), String::new());
    loop {
        let page = server
            .get(&format!("/api/runs?workflow={workflow}&limit=200{cursor}"))
            .body;
        let items = page["items"].as_array().unwrap();
        runs.extend(items.iter().map(|run| run["id"].as_str().unwrap().to_owned()));
        match page["nextCursor"].as_str() {
            Some(next) => cursor = format!("&cursor={next}"),
            None => return runs,
        }
    }
}
