use std::time::Duration;

use jiff::Timestamp;
use serde_json::json;

use crate::document::{called, chain, limited, no_op, node, wait, wait_until};
use crate::house::{DAY, HOUR, House, START, YEAR, tenant};

/// One wait after the other, each longer than the runner sits out, with a restart between.
pub(crate) async fn years_pass() {
    let mut house = House::open(&[]).await;
    let years = (YEAR * 3).as_secs_f64();
    let run = house
        .start(&chain(&[
            wait("first", years),
            no_op("between"),
            wait("second", years),
        ]))
        .await;
    for (step, id) in ["first", "second"].iter().enumerate() {
        house.until_step(run, id, "waiting", 1).await;
        house.until(run, "waiting").await;
        house.time.advance(YEAR * 3 - Duration::from_millis(1));
        house.nothing_happens(run).await;
        if step == 0 {
            house.reopen().await;
            house.nothing_happens(run).await;
        }
        house.time.advance_millis(1);
    }
    let view = house.until(run, "succeeded").await;
    let end = START.parse::<Timestamp>().unwrap() + YEAR * 6;
    assert_eq!(view.finished_at, Some(end.to_string()));
}

pub(crate) async fn a_wait_begins_on_a_leap_day() {
    let house = House::open(&[]).await;
    let day = house.start(&chain(&[wait("nap", DAY.as_secs_f64())])).await;
    let mut berlin = chain(&[wait_until("nap", "2028-02-29T12:00")]);
    berlin["settings"] = json!({ "timeZone": "Europe/Berlin" });
    let noon = house.start(&berlin).await;
    let year = house
        .start(&chain(&[wait_until("nap", "2029-02-28T23:58:00Z")]))
        .await;
    for run in [day, noon, year] {
        house.until(run, "waiting").await;
    }
    house.time.set("2028-02-29T10:59:59Z".parse().unwrap());
    house.nothing_happens(noon).await;
    house.time.set("2028-02-29T11:00:00Z".parse().unwrap());
    house.until(noon, "succeeded").await;
    house.time.set("2028-02-29T23:57:59Z".parse().unwrap());
    house.nothing_happens(day).await;
    house.time.set("2028-02-29T23:58:00Z".parse().unwrap());
    house.until(day, "succeeded").await;
    // The year has a day more.
    house.time.set(START.parse::<Timestamp>().unwrap() + YEAR);
    house.nothing_happens(year).await;
    house.time.advance(DAY);
    house.until(year, "succeeded").await;

    let never = house
        .start(&chain(&[wait_until("nap", "2029-02-29T12:00:00Z")]))
        .await;
    let view = house.until(never, "failed").await;
    assert_eq!(view.error.unwrap().code, "invalid-date");
}

pub(crate) async fn what_is_over_is_not_waited_for() {
    let house = House::open(&[]).await;
    for date in ["2028-02-28T23:58:00Z", "1999-12-31T23:59:59Z", "0"] {
        let run = house.start(&chain(&[wait_until("nap", date)])).await;
        house.until(run, "succeeded").await;
        let events = house.journal.events(&tenant(), run, 0).await.unwrap();
        assert!(
            events.iter().all(|event| event.kind != "step-suspended"),
            "{date}"
        );
    }
}

/// Longer than any calendar goes.
pub(crate) async fn the_longest_wait_can_be_cancelled() {
    let mut house = House::open(&[]).await;
    let now = house.now().as_millisecond() as f64;
    let longest = house
        .start(&chain(&[wait("nap", (9e15 - now) / 1e3 - 1.0)]))
        .await;
    let last_day = house
        .start(&chain(&[wait_until("nap", "9999-12-30T00:00:00Z")]))
        .await;
    let longer = house.start(&chain(&[wait("nap", 9e15 / 1e3)])).await;
    assert_eq!(
        house.until(longer, "failed").await.error.unwrap().code,
        "invalid-params"
    );
    for run in [longest, last_day] {
        house.until(run, "waiting").await;
    }
    house.reopen().await;
    house.time.advance(YEAR * 7_000);
    house.nothing_happens(longest).await;
    house.nothing_happens(last_day).await;
    house.time.set("9999-12-30T00:00:00Z".parse().unwrap());
    house.until(last_day, "succeeded").await;
    house.time.advance(YEAR * 100_000);
    house.nothing_happens(longest).await;
    let view = house.runner.cancel(&tenant(), longest).await.unwrap();
    assert_eq!(view.status, "cancelled");
}

pub(crate) async fn a_clock_that_is_set_back_wakes_nobody() {
    let house = House::open(&[]).await;
    let far = house.start(&chain(&[wait("nap", HOUR.as_secs_f64())])).await;
    // Sat out by the process that holds it.
    let near = house.start(&chain(&[wait("nap", 1.0)])).await;
    house.until(far, "waiting").await;
    house.until_step(near, "nap", "waiting", 1).await;
    house.time.set(START.parse::<Timestamp>().unwrap() - DAY);
    house.time.advance(HOUR);
    for run in [far, near] {
        house.nothing_happens(run).await;
    }
    house.time.advance(DAY);
    for run in [far, near] {
        house.until(run, "succeeded").await;
    }
}

pub(crate) async fn many_alarms_ring_at_once() {
    let house = House::open(&[]).await;
    let mut runs = Vec::new();
    for days in 1..=20_u32 {
        let again = wait("again", f64::from(days));
        runs.push(
            house
                .start(&chain(&[wait("nap", f64::from(days) * 86_400.0), again]))
                .await,
        );
    }
    for run in &runs {
        house.until(*run, "waiting").await;
    }
    house.time.advance(YEAR * 10);
    for run in &runs {
        house.until_step(*run, "again", "waiting", 1).await;
    }
    house.time.advance(YEAR * 10);
    for run in &runs {
        house.until(*run, "succeeded").await;
    }
}

pub(crate) async fn nobody_answers_for_a_year() {
    let house = House::open(&[]).await;
    let limit = json!({ "limited": true, "limitAmount": 52, "limitUnit": "week", "onLimit": "fail" });
    let run = house.start(&chain(&[node("ask", "approval@1", limit)])).await;
    house.until(run, "waiting").await;
    house.time.advance(DAY * 7 * 52 - HOUR);
    house.nothing_happens(run).await;
    house.time.advance(HOUR);
    let view = house.until(run, "failed").await;
    assert_eq!(view.error.unwrap().code, "timed-out");
}

/// Longer than the run that waits for it may work.
pub(crate) async fn a_called_run_waits_for_years() {
    let mut house = House::open(&[]).await;
    let child = house
        .publish(&called(&[wait("nap", (YEAR * 2).as_secs_f64())]))
        .await;
    let call = node(
        "call",
        "execute-workflow@1",
        json!({ "workflow": child.to_string() }),
    );
    let run = house
        .start(&limited(chain(&[call]), HOUR.as_millis() as u64))
        .await;
    house.until_step(run, "call", "waiting", 1).await;
    let waiting = async |house: &House| {
        let filter = monshyflow_journal::RunFilter {
            workflow_id: Some(child),
            ..Default::default()
        };
        let runs = house.runner.runs(&tenant(), filter).await.unwrap().items;
        matches!(runs.as_slice(), [only] if only.status == "waiting")
    };
    while !waiting(&house).await {
        tokio::time::sleep(Duration::from_millis(1)).await;
    }
    house.time.advance(YEAR);
    house.nothing_happens(run).await;
    house.reopen().await;
    house.nothing_happens(run).await;
    house.time.advance(YEAR);
    house.until(run, "succeeded").await;
}
