use std::time::{Duration, Instant};

use monshyflow_sandbox::Budget;
use serde_json::json;
use tokio_util::sync::CancellationToken;

use crate::harness::*;
use crate::wat_guests::{RUN, component, component_with_realloc, load};

/// Much longer than any limit here: a guest that gets this far was not stopped.
const NEVER: Duration = Duration::from_secs(15);

fn cpu(limit: u64) -> Budget {
    Budget {
        cpu: Duration::from_millis(limit),
        ..budget()
    }
}

fn wall(limit: u64) -> Budget {
    Budget {
        wall: Duration::from_millis(limit),
        ..budget()
    }
}

#[tokio::test]
async fn an_endless_loop_ends_with_its_processor_time() {
    let started = Instant::now();
    let outcome = call_with(json!({ "mode": "loop" }), powers(), &cpu(200)).await;
    assert!(started.elapsed() < NEVER);
    assert!(
        outcome.cost.guest_cpu >= Duration::from_millis(200),
        "{:?}",
        outcome.cost
    );
    let error = error_of(outcome).await;
    assert_code(&error, "timed-out", "processor time");
    assert!(error.retryable);
}

#[tokio::test]
async fn an_endless_loop_ends_with_its_wall_time() {
    let outcome = call_with(json!({ "mode": "loop" }), powers(), &wall(200)).await;
    assert!(outcome.cost.wall < NEVER);
    assert_code(&error_of(outcome).await, "timed-out", "not done after");
}

#[tokio::test]
async fn an_endless_start_function_is_within_the_limits() {
    let start = format!("{RUN} (func $start (loop $again (br $again))) (start $start)");
    let loaded = load(component(&start)).await.unwrap();
    let outcome = call_loaded(&loaded, json!({}), powers(), &cpu(200)).await;
    assert_code(&error_of(outcome).await, "timed-out", "processor time");
}

#[tokio::test]
async fn an_endless_allocator_or_clean_up_is_within_the_limits() {
    let allocator = format!(
        r#"{RUN} (func (export "cabi_realloc") (param i32 i32 i32 i32) (result i32) (loop $again (br $again)) (i32.const 8))"#
    );
    let clean_up = format!(r#"{RUN} (func (export "cabi_post_run") (param i32) (loop $again (br $again)))"#);
    for wasm in [component_with_realloc(&allocator), component(&clean_up)] {
        let loaded = load(wasm).await.unwrap();
        let outcome = call_loaded(&loaded, json!({}), powers(), &cpu(200)).await;
        assert_code(&error_of(outcome).await, "timed-out", "processor time");
    }
}

#[tokio::test]
async fn a_sleeping_guest_ends_with_its_wall_time() {
    let started = Instant::now();
    let outcome = call_with(json!({ "mode": "sleep", "count": 100_000 }), powers(), &wall(300)).await;
    assert!(started.elapsed() < NEVER);
    assert!(
        outcome.cost.guest_cpu < Duration::from_millis(250),
        "{:?}",
        outcome.cost
    );
    assert_code(&error_of(outcome).await, "timed-out", "not done after 0.3 s");
}

#[tokio::test]
async fn sleeping_within_the_limit_is_allowed() {
    assert_eq!(ask(json!({ "mode": "sleep", "count": 20 })).await, json!("slept"));
}

#[tokio::test]
async fn cancelling_reaches_into_a_loop_and_into_a_sleep() {
    for mode in [
        json!({ "mode": "loop" }),
        json!({ "mode": "sleep", "count": 100_000 }),
    ] {
        let cancel = CancellationToken::new();
        let budget = Budget {
            cancel: Some(cancel.clone()),
            ..budget()
        };
        probe().await;
        let cancelled_at = async {
            tokio::time::sleep(Duration::from_millis(50)).await;
            cancel.cancel();
            Instant::now()
        };
        let ended_at = async {
            let outcome = call_with(mode, powers(), &budget).await;
            (outcome, Instant::now())
        };
        let (cancelled, (outcome, ended)) = tokio::join!(cancelled_at, ended_at);
        // 20 ms are usual; the bound allows for a busy machine.
        assert!(
            ended - cancelled < Duration::from_millis(500),
            "{:?}",
            ended - cancelled
        );
        let error = error_of(outcome).await;
        assert_code(&error, "cancelled", "");
        assert!(!error.retryable);
    }
}

#[tokio::test]
async fn a_call_that_is_cancelled_before_it_starts_does_not_start() {
    let cancel = CancellationToken::new();
    cancel.cancel();
    let budget = Budget {
        cancel: Some(cancel),
        ..budget()
    };
    let outcome = call_with(json!({ "mode": "loop" }), powers(), &budget).await;
    assert_eq!(outcome.cost.guest_cpu, Duration::ZERO);
    assert_code(&error_of(outcome).await, "cancelled", "");
}

#[tokio::test]
async fn a_dropped_call_gives_its_place_back() {
    let (free, budget) = (sandbox().free_places(), Budget::default());
    for _ in 0..100 {
        let call = call_with(json!({ "mode": "loop" }), powers(), &budget);
        assert!(
            tokio::time::timeout(Duration::from_millis(2), call)
                .await
                .is_err()
        );
    }
    lives().await;
    assert!(free > 0 && sandbox().free_places() > 0);
}
