//! The promise: no accepted run is lost or stays unfinished, no step with a side effect is repeated after its result was
//! recorded, at most the one in flight when the process died is tried again.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::mpsc;
use std::time::Duration;

use serde_json::{Value, json};

use crate::document::{set, trigger, workflow};
use crate::effects::{World, ended_well};
use crate::random::Random;
use crate::support::{Client, Server};

const RUNS: usize = 200;
const KILLS: usize = 10;
const SEED: u64 = 0x9e37_79b9_7f4a_7c15;
const EFFECTS: [&str; 3] = ["a", "b", "c"];

#[test]
#[expect(clippy::print_stderr, reason = "a test that kills processes says what it did")]
fn killed_ten_times_nothing_is_lost_and_nothing_is_done_twice() {
    eprintln!("seed {SEED:#x}");
    let mut world = World::open();
    let data = tempfile::tempdir().unwrap();
    let mut server = Server::start(data.path(), &["--allow-internal", &world.internal()]);
    let workflow = server.publish(&document(&world));
    let undisturbed = server.run(&workflow, &json!({"number": 0}));
    assert_eq!(undisturbed["status"], "succeeded", "{undisturbed}");
    let first = undisturbed["id"].as_str().unwrap().to_owned();
    let (allow, allowed) = mpsc::channel();
    let client = server.client();
    let client = std::thread::spawn(move || start_all(&client, &workflow, &allowed));
    let mut random = Random::new(SEED);
    for _ in 0..KILLS {
        // A kill finds runs at every stage: some just asked for, some begun, some left by earlier kills.
        allow.send(RUNS / KILLS).unwrap();
        std::thread::sleep(random.pause(30, 300));
        world.kill_and_restart(&mut server);
    }
    let runs = client.join().unwrap();
    let mut events = BTreeMap::from([(first.clone(), ended_well(&server, &first))]);
    for run in &runs {
        events.insert(run.clone(), ended_well(&server, run));
    }
    assert_eq!(events.len(), RUNS + 1, "a run was started twice");
    let result = |run: &str| server.get(&format!("/api/runs/{run}")).body["result"].clone();
    for (number, run) in runs.iter().enumerate() {
        let mut expected = undisturbed["result"].clone();
        expected[0]["items"][0]["number"] = json!(number);
        assert_eq!(result(run), expected, "of run {number}");
    }
    let effects = |run: &String| EFFECTS.map(|node| format!("{run}/{node}"));
    let expected: BTreeSet<String> = events.keys().flat_map(effects).collect();
    eprintln!("{}", world.check(&expected, &events));
}

/// trigger, a, set, b, set, c: effectful nodes with pure ones between.
fn document(world: &World) -> Value {
    workflow(
        "crash",
        &[
            trigger(),
            world.post("a"),
            set("s1", "number", json!("{{ $('start').item.json.number }}")),
            world.post("b"),
            set("s2", "number", json!("{{ $('s1').item.json.number }}")),
            world.post("c"),
            set("end", "number", json!("{{ $('s2').item.json.number }}")),
        ],
        &["start > a", "a > s1", "s1 > b", "b > s2", "s2 > c", "c > end"],
    )
}

/// As many as it is allowed to, while the server dies and comes back.
fn start_all(client: &Client, workflow: &str, allowed: &mpsc::Receiver<usize>) -> Vec<String> {
    let mut runs = Vec::new();
    for more in allowed {
        for number in runs.len()..runs.len() + more {
            runs.push(start(client, workflow, number));
        }
        if runs.len() == RUNS {
            break;
        }
    }
    runs
}

/// The same key each time, since a start whose answer was lost may have been accepted.
fn start(client: &Client, workflow: &str, number: usize) -> String {
    let key = format!("start-{number}");
    let path = format!("/api/workflows/{workflow}/runs");
    let body = json!({"input": {"number": number}});
    loop {
        if let Some(answer) = client.try_post(&path, &[("idempotency-key", &key)], &body) {
            assert_eq!(answer.status, 202, "{}", answer.body);
            return answer.body["id"].as_str().unwrap().to_owned();
        }
        std::thread::sleep(Duration::from_millis(5));
    }
}
