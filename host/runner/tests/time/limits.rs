use std::time::Duration;

use jiff::Timestamp;
use monshyflow_ids::RunId;
use monshyflow_testkit::http::HttpServer;
use serde_json::{Value, json};

use crate::document::{chain, limited, post, wait, with_settings};
use crate::house::{HOUR, House, START, YEAR};

struct World {
    http: HttpServer,
    house: House,
}

impl World {
    async fn open() -> Self {
        let http = HttpServer::start().await.unwrap();
        let house = House::open(&[format!("127.0.0.1:{}", http.port())]).await;
        Self { http, house }
    }

    /// Three hours for what would be tried each day.
    fn document(&self, before: &[Value]) -> Value {
        let retry = json!({ "retry": { "attempts": 50, "delayMs": 86_400_000 } });
        let mut nodes = before.to_vec();
        nodes.push(with_settings(post("ask", &self.http.url("/status/503")), retry));
        limited(chain(&nodes), 3 * 3_600_000)
    }

    async fn until_time_is_up(&self, run: RunId, left: Duration) {
        self.house.until_step(run, "ask", "retrying", 1).await;
        self.house.time.advance(left - Duration::from_millis(1));
        self.house.nothing_happens(run).await;
        self.house.time.advance_millis(1);
        self.house.until(run, "timed-out").await;
    }
}

pub(crate) async fn a_run_has_its_time_and_no_more() {
    let world = World::open().await;
    let run = world.house.start(&world.document(&[])).await;
    world.until_time_is_up(run, HOUR * 3).await;
    world.house.time.advance(YEAR);
    world.house.nothing_happens(run).await;
    assert_eq!(world.http.ledger().len(), 1);
}

/// Neither when the process lets go of the run nor when it sits the wait out.
pub(crate) async fn waiting_takes_none_of_a_runs_time() {
    let world = World::open().await;
    let naps = [wait("far", (YEAR * 3).as_secs_f64()), wait("near", 1.0)];
    let run = world.house.start(&world.document(&naps)).await;
    world.house.until(run, "waiting").await;
    world.house.time.advance(YEAR * 3);
    world.house.until_step(run, "near", "waiting", 1).await;
    world.house.time.advance(YEAR);
    world.until_time_is_up(run, HOUR * 3).await;
}

pub(crate) async fn a_restart_gives_no_new_time() {
    let mut world = World::open().await;
    let run = world.house.start(&world.document(&[])).await;
    world.house.until_step(run, "ask", "retrying", 1).await;
    for _ in 0..2 {
        world.house.time.advance(HOUR);
        world.house.reopen().await;
        world.house.nothing_happens(run).await;
    }
    world.until_time_is_up(run, HOUR).await;
}

/// Its request was under way when the process died, and is not made again.
pub(crate) async fn a_run_that_is_out_of_time_is_not_taken_up() {
    let mut world = World::open().await;
    let ask = post("ask", &world.http.url("/stall/0"));
    let run = world.house.start(&limited(chain(&[ask]), 3 * 3_600_000)).await;
    while world.http.ledger().is_empty() {
        tokio::time::sleep(Duration::from_millis(1)).await;
    }
    world.house.replace().await;
    world.house.time.advance(HOUR * 3);
    world.house.runner.recover().await.unwrap();
    world.house.until(run, "timed-out").await;
    assert_eq!(world.http.ledger().len(), 1);
}

pub(crate) async fn setting_the_clock_takes_no_time() {
    let world = World::open().await;
    let run = world.house.start(&world.document(&[])).await;
    world.house.until_step(run, "ask", "retrying", 1).await;
    let start: Timestamp = START.parse().unwrap();
    for set in [start + YEAR * 10, start - YEAR * 10] {
        world.house.time.set(set);
        world.house.nothing_happens(run).await;
    }
    world.until_time_is_up(run, HOUR * 3).await;
}
