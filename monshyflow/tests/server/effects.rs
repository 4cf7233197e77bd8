//! What runs do outside, heard by a real server over the lives of ours, and what must hold of it however often ours is killed.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use monshyflow_clock::Clock;
use monshyflow_testkit::Recorded;
use monshyflow_testkit::http::HttpServer;
use serde_json::Value;

use crate::document::post;
use crate::support::Server;

/// A request, when it came and in which life of the server it was sent.
#[derive(Debug, Clone)]
pub(crate) struct Heard {
    step: String,
    life: usize,
    at: String,
}

/// Where requests go, and how often our server died before them.
pub(crate) struct World {
    _runtime: tokio::runtime::Runtime,
    http: HttpServer,
    heard: Arc<Mutex<Vec<Heard>>>,
    life: Arc<AtomicUsize>,
    /// When each life ended.
    deaths: Vec<String>,
}

impl World {
    pub(crate) fn open() -> Self {
        // Two answers at a time, so that work is open for some while on every machine.
        let runtime = tokio::runtime::Builder::new_multi_thread()
            .worker_threads(2)
            .enable_all()
            .build()
            .unwrap();
        let (heard, life) = (Arc::default(), Arc::default());
        let (into, of): (Arc<Mutex<Vec<Heard>>>, Arc<AtomicUsize>) = (heard, life);
        let (heard, life) = (into.clone(), of.clone());
        let slowly = move |request: &Recorded| {
            // The node adds the number of the item, of which there is one in each step here.
            let key = request.header("x-step").expect("every request carries its step");
            let step = key.strip_suffix("-0").expect("one item in each step");
            into.lock().unwrap().push(Heard {
                step: step.to_owned(),
                life: of.load(Ordering::SeqCst),
                at: now(),
            });
            // Kills fall into requests.
            std::thread::sleep(Duration::from_millis(10));
            r#"{"ok":true}"#.to_owned()
        };
        let http = HttpServer::builder().on("/effect", slowly).start();
        let http = runtime.block_on(http).unwrap();
        Self {
            _runtime: runtime,
            http,
            heard,
            life,
            deaths: Vec::new(),
        }
    }

    /// Where it may be reached by a server's argument `--allow-internal`.
    pub(crate) fn internal(&self) -> String {
        format!("127.0.0.1:{}", self.http.port())
    }

    pub(crate) fn post(&self, id: &str) -> Value {
        post(id, &self.http.url("/effect"))
    }

    /// What the dead server had sent is heard before its next life begins.
    pub(crate) fn kill_and_restart(&mut self, server: &mut Server) {
        server.kill();
        self.deaths.push(now());
        self.hear_the_rest();
        self.life.fetch_add(1, Ordering::SeqCst);
        server.restart();
    }

    fn hear_the_rest(&self) {
        loop {
            let before = self.heard.lock().unwrap().len();
            std::thread::sleep(Duration::from_millis(100));
            if self.heard.lock().unwrap().len() == before {
                return;
            }
        }
    }
}

/// As events say it.
fn now() -> String {
    format!("{:.3}", Clock::System.now())
}

/// Its events: no gap, one terminal event, one result for each step.
pub(crate) fn ended_well(server: &Server, run: &str) -> Vec<Value> {
    let started = Instant::now();
    loop {
        let view = server.get(&format!("/api/runs/{run}")).body;
        match view["status"].as_str().unwrap() {
            "queued" | "running" | "waiting" => {}
            status => {
                assert_eq!(status, "succeeded", "{view}");
                break;
            }
        }
        assert!(
            started.elapsed() < Duration::from_secs(120),
            "{run} does not end: {view}"
        );
        std::thread::sleep(Duration::from_millis(20));
    }
    let events = server.events(run, 0);
    let numbers: Vec<u64> = events
        .iter()
        .map(|event| event["seq"].as_u64().unwrap())
        .collect();
    assert_eq!(numbers, (1..=events.len() as u64).collect::<Vec<_>>());
    let terminal = ["run-succeeded", "run-failed", "run-cancelled", "run-timed-out"];
    let ends = events
        .iter()
        .filter(|event| terminal.iter().any(|end| event["type"] == *end));
    assert_eq!(ends.count(), 1, "{events:?}");
    let mut results = BTreeSet::new();
    for event in events.iter().filter(|event| event["type"] == "step-succeeded") {
        assert!(results.insert(step_of(run, event)), "two results: {event}");
    }
    events
}

/// As the requests of the step name it.
pub(crate) fn step_of(run: &str, event: &Value) -> String {
    let rounds = event["iteration"].as_array().into_iter().flatten();
    let rounds: String = rounds.map(|round| format!("/{round}")).collect();
    format!("{run}/{}{rounds}", event["node"].as_str().unwrap())
}

impl World {
    /// Every expected effect was there, none after its result, and none twice within one life of the server; and each death
    /// met work. Tells what happened.
    pub(crate) fn check(&self, expected: &BTreeSet<String>, events: &BTreeMap<String, Vec<Value>>) -> String {
        let mut recorded = BTreeMap::new();
        for (run, events) in events {
            for event in events.iter().filter(|event| event["type"] == "step-succeeded") {
                recorded.insert(step_of(run, event), event["at"].as_str().unwrap().to_owned());
            }
        }
        let heard = self.heard.lock().unwrap();
        let mut seen: BTreeMap<&str, BTreeSet<usize>> = BTreeMap::new();
        for Heard { step, life, at } in heard.iter() {
            assert!(expected.contains(step), "nobody asked for {step}");
            assert!(
                seen.entry(step).or_default().insert(*life),
                "{step} was done twice in life {life}"
            );
            assert!(
                *at <= recorded[step],
                "{step} at {at} after its result of {}",
                recorded[step]
            );
        }
        assert_eq!(seen.len(), expected.len(), "an effect is missing");
        let open = self.open_at_deaths(events);
        assert!(
            open.iter().all(|open| *open > 0),
            "a kill met no open run: {open:?}"
        );
        format!(
            "{} runs, open at kills {open:?}, {} requests, of them {} in flight at a kill and tried again",
            events.len(),
            heard.len(),
            heard.len() - expected.len()
        )
    }

    /// How many runs had begun and not ended at each death.
    fn open_at_deaths(&self, events: &BTreeMap<String, Vec<Value>>) -> Vec<usize> {
        let at = |event: Option<&Value>| event.unwrap()["at"].as_str().unwrap().to_owned();
        let lives: Vec<(String, String)> = events
            .values()
            .map(|events| (at(events.first()), at(events.last())))
            .collect();
        let open = |death: &String| {
            lives
                .iter()
                .filter(|(from, to)| from <= death && death < to)
                .count()
        };
        self.deaths.iter().map(open).collect()
    }
}
