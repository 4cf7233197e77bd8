use std::time::Duration;

use monshyflow_capabilities::Powers;
use monshyflow_capabilities::note::{Level, Note};
use monshyflow_sandbox::Budget;
use serde_json::json;
use tokio::sync::mpsc;

use crate::harness::*;
use crate::wat_guests::{RUN, component, load};

const MIB: u64 = 1 << 20;

#[tokio::test]
async fn memory_ends_at_its_limit() {
    let outcome = call(json!({ "mode": "memory" })).await;
    let peak = outcome.cost.peak_memory;
    assert!((48 * MIB..=64 * MIB).contains(&peak), "{peak}");
    let error = error_of(outcome).await;
    assert_code(&error, "out-of-memory", "64 MiB");
    assert!(!error.retryable);
}

#[tokio::test]
async fn a_guest_may_cope_with_a_refusal() {
    assert_eq!(ask(json!({ "mode": "memory-politely" })).await, json!("refused"));
}

#[tokio::test]
async fn an_initial_memory_over_the_limit_is_refused() {
    let budget = Budget {
        memory: 1 << 20,
        ..budget()
    };
    let outcome = call_with(json!({ "mode": "none" }), powers(), &budget).await;
    assert_code(&error_of(outcome).await, "out-of-memory", "1 MiB");
}

#[tokio::test]
async fn a_growing_table_ends_at_its_limit() {
    let grow = r#"(table $table 1 funcref)
        (func (export "run") (param i32) (result i32)
          (loop $more
            (br_if $more (i32.ne (table.grow $table (ref.null func) (i32.const 1000)) (i32.const -1))))
          unreachable)"#;
    let loaded = load(component(grow)).await.unwrap();
    let outcome = call_loaded(&loaded, json!({}), powers(), &budget()).await;
    assert!(outcome.cost.peak_memory < 2 * MIB, "{}", outcome.cost.peak_memory);
    assert_code(&error_of(outcome).await, "out-of-memory", "");
}

#[tokio::test]
async fn deep_recursion_overflows_the_guests_stack_only() {
    let wat = r#"(func $deeper (param i32) (result i32)
          (i32.add (call $deeper (i32.add (local.get 0) (i32.const 1))) (i32.const 1)))
        (func (export "run") (param i32) (result i32) (call $deeper (i32.const 0)))"#;
    let loaded = load(component(wat)).await.unwrap();
    let outcome = call_loaded(&loaded, json!({}), powers(), &budget()).await;
    assert_code(&error_of(outcome).await, "stack-overflow", "too deep");
    let error = refused(json!({ "mode": "recurse", "count": 100_000_000 })).await;
    assert_code(&error, "stack-overflow", "too deep");
}

#[tokio::test]
async fn a_string_of_60_mb_is_not_copied() {
    let budget = Budget {
        memory: 512 << 20,
        ..budget()
    };
    let outcome = call_with(
        json!({ "mode": "big-string", "count": 60_000_000 }),
        powers(),
        &budget,
    )
    .await;
    assert_code(&error_of(outcome).await, "output-too-large", "at once");
}

#[tokio::test]
async fn a_million_empty_strings_are_not_copied() {
    let budget = Budget {
        memory: 512 << 20,
        ..budget()
    };
    let outcome = call_with(
        json!({ "mode": "many-strings", "count": 2_000_000 }),
        powers(),
        &budget,
    )
    .await;
    assert_code(&error_of(outcome).await, "output-too-large", "at once");
}

#[tokio::test]
async fn a_result_has_limits_of_bytes_and_of_items() {
    let roomy = Budget {
        memory: 512 << 20,
        ..budget()
    };
    let huge = call_with(
        json!({ "mode": "huge-result", "count": 60_000_000 }),
        powers(),
        &roomy,
    )
    .await;
    assert_code(&error_of(huge).await, "output-too-large", "");
    let many = call_with(
        json!({ "mode": "many-items", "count": 1_000_000 }),
        powers(),
        &roomy,
    )
    .await;
    assert_code(&error_of(many).await, "output-too-large", "");
    let tight = Budget {
        output_bytes: 1_000,
        ..budget()
    };
    let large = call_with(json!({ "mode": "huge-result", "count": 1_000 }), powers(), &tight).await;
    assert_code(&error_of(large).await, "output-too-large", "1000 bytes");
    let tight = Budget {
        output_items: 10,
        ..budget()
    };
    let params = json!({ "mode": "error", "code": "x" });
    assert!(call_with(params, powers(), &tight).await.result.is_err());
}

#[tokio::test]
async fn a_result_up_to_the_limit_passes() {
    let roomy = Budget {
        memory: 256 << 20,
        ..budget()
    };
    let params = json!({ "mode": "huge-result", "count": (16 << 20) - 2 });
    let outcome = call_with(params, powers(), &roomy).await;
    assert!(outcome.result.is_ok(), "{:?}", outcome.result);
    assert_eq!(outcome.cost.bytes_out, 16 * MIB);
}

#[tokio::test]
async fn a_flood_of_host_calls_ends_at_its_budget() {
    let error = refused(json!({ "mode": "host-calls", "count": 10_000_000 })).await;
    assert_code(&error, "host-calls", "10000 calls");
    let error = refused(json!({ "mode": "wasi-calls", "count": 1_000_000_000 })).await;
    assert_code(&error, "host-calls", "calls");
}

#[tokio::test]
async fn handles_end_at_their_limit() {
    for mode in ["handles", "fields"] {
        let error = refused(json!({ "mode": mode, "count": 100_000 })).await;
        assert_code(&error, "handles", "");
    }
}

#[tokio::test]
async fn random_bytes_have_a_limit() {
    let budget = Budget {
        memory: 512 << 20,
        ..budget()
    };
    let outcome = call_with(
        json!({ "mode": "random-bytes", "count": 128 << 20 }),
        powers(),
        &budget,
    )
    .await;
    assert_code(&error_of(outcome).await, "host-limit", "random");
    assert_eq!(
        ask(json!({ "mode": "random-bytes", "count": 1000 })).await,
        json!(1000)
    );
}

async fn notes_of(params: serde_json::Value) -> (monshyflow_sandbox::Outcome, Vec<Note>) {
    let (sink, mut notes) = mpsc::channel(1_100);
    let powers = Powers {
        notes: Some(sink),
        ..powers()
    };
    let outcome = call_with(params, powers, &budget()).await;
    let notes = std::iter::from_fn(|| notes.try_recv().ok()).collect();
    (outcome, notes)
}

#[tokio::test]
async fn a_flood_of_log_lines_is_cut_and_counted() {
    let (outcome, notes) = notes_of(json!({ "mode": "host-calls", "count": 5_000 })).await;
    assert_eq!(said(&outcome), json!(5_000));
    assert_eq!((outcome.dropped_lines, notes.len()), (4_000, 1_001));
    let Some(Note::Log {
        level: Level::Warn,
        message,
    }) = notes.last()
    else {
        panic!("{:?}", notes.last())
    };
    assert!(message.starts_with("4000 log lines"), "{message}");
}

#[tokio::test]
async fn a_flood_on_standard_output_is_cut_and_counted() {
    let (outcome, notes) = notes_of(json!({ "mode": "stdout", "count": 5_000 })).await;
    assert_eq!(said(&outcome), json!(5_000));
    assert_eq!((outcome.dropped_lines, notes.len()), (4_000, 1_001));
    assert_eq!(
        notes[0],
        Note::Log {
            level: Level::Info,
            message: "line 0".into()
        }
    );
    let (outcome, notes) = notes_of(json!({ "mode": "stdout-bytes", "count": 30_000_000 })).await;
    assert!(outcome.dropped_lines > 3_000, "{}", outcome.dropped_lines);
    assert!(notes.len() <= 130, "{}", notes.len());
}

#[tokio::test]
async fn progress_is_thinned_out_but_its_end_arrives() {
    let (outcome, notes) = notes_of(json!({ "mode": "progress", "count": 5_000 })).await;
    let least = outcome.cost.wall.as_millis() / 50 + 2;
    assert!(
        notes.len() as u128 <= least,
        "{} in {:?}",
        notes.len(),
        outcome.cost.wall
    );
    let Some(Note::Progress {
        fraction: Some(fraction),
        ..
    }) = notes.last()
    else {
        panic!("{notes:?}")
    };
    assert!(*fraction > 0.999);
    let (_, notes) = notes_of(json!({ "mode": "partial", "count": 3 })).await;
    assert_eq!(
        notes,
        ["0 ", "1 ", "2 "].map(|text| Note::Partial { text: text.into() })
    );
}

#[tokio::test]
async fn cost_says_what_was_used() {
    let outcome = call(json!({ "mode": "host-calls", "count": 7 })).await;
    let log = outcome.cost.capabilities.iter().find(|(name, _)| *name == "log");
    assert_eq!(log, Some(&("log", 7)));
    assert_eq!((outcome.cost.bytes_in, outcome.cost.bytes_out), (31, 1));
    assert!(outcome.cost.peak_memory > MIB && outcome.cost.wall > Duration::ZERO);
}

#[tokio::test]
async fn nothing_is_left_of_an_earlier_call() {
    let fresh = json!({ "calls": 0, "secret": 0, "heap": 0 });
    let loaded = load(component(RUN)).await.unwrap();
    for _ in 0..20 {
        assert_eq!(ask(json!({ "mode": "residue" })).await, fresh);
        // Another component may get the slot in between.
        assert!(
            call_loaded(&loaded, json!({}), powers(), &budget())
                .await
                .result
                .is_ok()
        );
    }
}
