use std::time::Duration;

use jiff::Timestamp;
use monshyflow_testkit::http::HttpServer;
use serde_json::{Value, json};

use crate::document::{chain, limited, post, with_settings};
use crate::house::{DAY, HOUR, House, START, YEAR};

/// The longest that a run may work.
const MONTH_MS: u64 = 30 * 86_400_000;

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

    /// Fails, and is tried again after half a day, then after a day each.
    fn failing(&self) -> Value {
        let retry = json!({ "retry": { "attempts": 4, "delayMs": 43_200_000, "factorPercent": 200, "maxDelayMs": 86_400_000 } });
        let ask = with_settings(post("ask", &self.http.url("/status/503")), retry);
        limited(chain(&[ask]), MONTH_MS)
    }

    fn asked(&self) -> usize {
        self.http.ledger().len()
    }
}

pub(crate) async fn retries_wait_for_days() {
    let world = World::open().await;
    let run = world.house.start(&world.failing()).await;
    for (attempt, delay) in [(1, DAY / 2), (2, DAY), (3, DAY)] {
        world.house.until_step(run, "ask", "retrying", attempt).await;
        world.house.time.advance(delay - Duration::from_millis(1));
        world.house.nothing_happens(run).await;
        assert_eq!(world.asked(), attempt as usize);
        // Up to a tenth more.
        world.house.time.advance(delay / 10 + Duration::from_millis(1));
    }
    let view = world.house.until(run, "failed").await;
    assert_eq!(world.asked(), 4, "{view:?}");
    let requests = world.http.ledger().requests();
    let keys = requests.iter().map(|request| request.header("x-step"));
    assert!(keys.clone().all(|key| key == keys.clone().next().unwrap()));
}

pub(crate) async fn a_retry_is_not_put_off_by_restarts() {
    let mut world = World::open().await;
    let run = world.house.start(&world.failing()).await;
    world.house.until_step(run, "ask", "retrying", 1).await;
    // A server that is restarted each five hours.
    for _ in 0..2 {
        world.house.time.advance(HOUR * 5);
        world.house.reopen().await;
        world.house.nothing_happens(run).await;
        assert_eq!(world.asked(), 1);
    }
    world.house.time.advance(HOUR * 2 + DAY / 20);
    world.house.until_step(run, "ask", "retrying", 2).await;
    assert_eq!(world.asked(), 2);
    // Over when nobody was there.
    world.house.runner.shut_down().await;
    world.house.time.advance(DAY * 2);
    world.house.reopen().await;
    world.house.until_step(run, "ask", "retrying", 3).await;
}

pub(crate) async fn a_retry_comes_whatever_the_clock_is_set_to() {
    let mut world = World::open().await;
    let run = world.house.start(&world.failing()).await;
    let start: Timestamp = START.parse().unwrap();
    world.house.until_step(run, "ask", "retrying", 1).await;
    world.house.time.set(start - YEAR);
    world.house.nothing_happens(run).await;
    world.house.time.advance(DAY);
    world.house.until_step(run, "ask", "retrying", 2).await;
    // After a restart there is only the clock to go by: never longer than the delay.
    world.house.time.set(start - YEAR * 2);
    world.house.reopen().await;
    world.house.nothing_happens(run).await;
    world.house.time.advance(DAY + DAY / 10);
    world.house.until_step(run, "ask", "retrying", 3).await;
}
