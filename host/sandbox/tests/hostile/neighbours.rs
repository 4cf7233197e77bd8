use std::time::{Duration, Instant};

use futures::future::join_all;
use monshyflow_sandbox::Budget;
use serde_json::json;

use crate::harness::*;

/// Latencies of a benign call, one after the other, for a while.
async fn benign(time: Duration) -> Vec<Duration> {
    let started = Instant::now();
    let mut latencies = Vec::new();
    while started.elapsed() < time {
        let one = Instant::now();
        lives().await;
        latencies.push(one.elapsed());
        tokio::time::sleep(Duration::from_millis(1)).await;
    }
    latencies.sort();
    latencies
}

fn p99(latencies: &[Duration]) -> Duration {
    latencies[latencies.len() * 99 / 100]
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
#[expect(clippy::print_stdout, reason = "the figures are for people")]
async fn hostile_guests_do_not_stop_a_benign_one() {
    probe().await;
    let alone = tokio::spawn(benign(Duration::from_secs(1))).await.unwrap();
    let hostile = |mode: &'static str| {
        tokio::spawn(async move {
            let budget = Budget {
                wall: Duration::from_millis(800),
                ..Budget::default()
            };
            let outcome = call_with(json!({ "mode": mode, "count": 100_000 }), powers(), &budget).await;
            assert!(
                outcome.result.is_err() || outcome.dropped_lines > 0,
                "{outcome:?}"
            );
        })
    };
    let modes = [
        "loop",
        "loop",
        "loop",
        "loop",
        "memory",
        "host-calls",
        "stdout",
        "sleep",
        "handles",
    ];
    let attack = join_all(modes.map(hostile));
    let beside = tokio::spawn(benign(Duration::from_secs(2))).await.unwrap();
    for ended in attack.await {
        ended.unwrap();
    }
    println!(
        "p99 alone {:?}, beside hostile guests {:?}",
        p99(&alone),
        p99(&beside)
    );
    // Four endless loops on two workers: without lanes for long calls the p99 is some 100 ms.
    assert!(
        p99(&beside) < p99(&alone) + Duration::from_millis(300),
        "{:?} {:?}",
        p99(&alone),
        p99(&beside)
    );
    assert!(beside.len() > 20, "{}", beside.len());
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn more_calls_than_places_wait_their_turn() {
    let calls = (0..200).map(|_| call(json!({ "mode": "sleep", "count": 5 })));
    for outcome in join_all(calls).await {
        assert_eq!(said(&outcome), json!("slept"));
    }
}
