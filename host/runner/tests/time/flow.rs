use std::time::Duration;

use monshyflow_ids::{RunId, WorkflowId};
use monshyflow_runner::StartRequest;
use serde_json::value::RawValue;
use serde_json::{Value, json};

use crate::document::{chain, no_op, wait};
use crate::house::{HOUR, House, tenant};

const MINUTE: Duration = Duration::from_secs(60);

fn with_flow(mut document: Value, flow: Value) -> Value {
    document["settings"] = json!({ "flow": flow });
    document
}

async fn start(house: &House, workflow: WorkflowId, input: Value) -> RunId {
    let input = RawValue::from_string(input.to_string()).unwrap();
    let request = StartRequest {
        input: Some(input),
        ..StartRequest::default_for(workflow)
    };
    house.runner.start(&tenant(), request).await.unwrap().run
}

async fn statuses(house: &House, runs: &[RunId]) -> Vec<&'static str> {
    let mut all = Vec::new();
    for run in runs {
        all.push(house.view(*run).await.status);
    }
    all
}

pub(crate) async fn a_rate_lets_so_many_begin_and_loses_none() {
    let house = House::open(&[]).await;
    let flow = json!({ "rate": { "limit": 2, "periodMs": 60_000, "key": "{{ $json.who }}" } });
    let workflow = house.publish(&with_flow(chain(&[no_op("pass")]), flow)).await;
    let mut runs = Vec::new();
    for _ in 0..5 {
        let run = start(&house, workflow, json!({ "who": "a" })).await;
        // Whoever is answered first need not be the first in the queue.
        match runs.len() {
            0 | 1 => drop(house.until(run, "succeeded").await),
            _ => house.nothing_happens(run).await,
        }
        runs.push(run);
    }
    let other = start(&house, workflow, json!({ "who": "b" })).await;
    house.until(other, "succeeded").await;
    for round in 0..3 {
        let begun = (2 * (round + 1)).min(5);
        for run in &runs[..begun] {
            house.until(*run, "succeeded").await;
        }
        for run in &runs[begun..] {
            house.nothing_happens(*run).await;
        }
        assert!(
            statuses(&house, &runs[begun..])
                .await
                .iter()
                .all(|one| *one == "queued")
        );
        house.time.advance(MINUTE - Duration::from_millis(1));
        for run in &runs[begun..] {
            house.nothing_happens(*run).await;
        }
        house.time.advance_millis(1);
    }
}

pub(crate) async fn a_queued_run_is_cancelled_at_once_and_gives_its_turn_away() {
    let house = House::open(&[]).await;
    let flow = json!({ "rate": { "limit": 1, "periodMs": 60_000 } });
    let workflow = house.publish(&with_flow(chain(&[no_op("pass")]), flow)).await;
    let mut runs = Vec::new();
    for _ in 0..3 {
        let run = start(&house, workflow, json!({})).await;
        if runs.is_empty() {
            house.until(run, "succeeded").await;
        }
        runs.push(run);
    }
    let view = house.runner.cancel(&tenant(), runs[1]).await.unwrap();
    assert_eq!(
        (view.status, view.steps.map(|steps| steps.len())),
        ("cancelled", Some(0))
    );
    house.nothing_happens(runs[2]).await;
    house.time.advance(MINUTE);
    house.until(runs[2], "succeeded").await;
}

pub(crate) async fn the_last_of_a_burst_runs_after_it() {
    let mut house = House::open(&[]).await;
    let flow = json!({ "debounce": { "periodMs": 60_000, "key": "{{ $json.who }}" } });
    let workflow = house.publish(&with_flow(chain(&[no_op("pass")]), flow)).await;
    let mut runs = Vec::new();
    for _ in 0..3 {
        let run = start(&house, workflow, json!({ "who": "a" })).await;
        // It has begun to wait.
        house.nothing_happens(run).await;
        runs.push(run);
        house.time.advance(MINUTE / 2);
    }
    let other = start(&house, workflow, json!({ "who": "b" })).await;
    for run in &runs[..2] {
        house.until(*run, "cancelled").await;
        assert_eq!(house.view(*run).await.cancel_reason.as_deref(), Some("debounced"));
    }
    house.nothing_happens(runs[2]).await;
    // What is left of its time counts on.
    house.reopen().await;
    house.nothing_happens(runs[2]).await;
    assert_eq!(statuses(&house, &[runs[2], other]).await, ["queued", "queued"]);
    house.time.advance(MINUTE / 2);
    house.until(runs[2], "succeeded").await;
    house.nothing_happens(other).await;
    house.time.advance(MINUTE / 2);
    house.until(other, "succeeded").await;
}

/// The waiting one holds no place, and needs one before it goes on.
pub(crate) async fn who_waits_lets_others_work() {
    let house = House::open(&[]).await;
    let flow = json!({ "concurrency": { "limit": 1 } });
    let nap = wait("nap", HOUR.as_secs_f64());
    let workflow = house.publish(&with_flow(chain(&[nap]), flow)).await;
    let mut runs = Vec::new();
    for _ in 0..3 {
        runs.push(start(&house, workflow, json!({})).await);
    }
    for run in &runs {
        house.until(*run, "waiting").await;
    }
    house.time.advance(HOUR);
    for run in &runs {
        house.until(*run, "succeeded").await;
    }
}

pub(crate) async fn a_key_that_cannot_be_evaluated_starts_nothing() {
    let house = House::open(&[]).await;
    let flow = json!({ "concurrency": { "limit": 1, "key": "{{ $json.who.name }}" } });
    let workflow = house.publish(&with_flow(chain(&[no_op("pass")]), flow)).await;
    let refused = house
        .runner
        .start(&tenant(), StartRequest::default_for(workflow))
        .await;
    let Err(monshyflow_runner::Error::Refused { code, message }) = refused else {
        panic!("{refused:?}");
    };
    assert_eq!(code, "flow-key-failed");
    assert!(
        message.contains("settings.flow.concurrency") && message.contains("$json.who"),
        "{message}"
    );
    let all = house
        .runner
        .runs(&tenant(), monshyflow_journal::RunFilter::default())
        .await
        .unwrap();
    assert!(all.items.is_empty());
}
