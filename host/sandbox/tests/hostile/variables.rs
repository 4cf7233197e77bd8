use monshyflow_sandbox::{Emitted, Outcome};
use serde_json::{Value, json};

use crate::harness::*;

async fn set(variables: Value) -> Outcome {
    call(json!({ "mode": "variables", "set": variables })).await
}

fn shown(emitted: &Emitted) -> Vec<(&str, &str)> {
    let variables = emitted.variables.iter();
    variables
        .map(|(name, value)| (name.as_str(), value.as_str()))
        .collect()
}

#[tokio::test]
async fn a_call_says_what_it_set_by_name() {
    let outcome = set(json!([
        ["b", " [1, 12345678901234567890] "],
        ["a", "\"ü\""],
        ["_x1", "null"],
        ["a", "2"],
    ]))
    .await;
    assert!(outcome.cost.capabilities.contains(&("variables", 4)));
    assert_eq!(
        shown(&outcome.result.unwrap()),
        [("_x1", "null"), ("a", "2"), ("b", "[1, 12345678901234567890]")]
    );
    assert_eq!(shown(&set(json!([])).await.result.unwrap()), []);
}

#[tokio::test]
async fn a_call_that_fails_sets_nothing_and_says_why_it_failed() {
    let params = json!({ "mode": "variables", "set": [["a b", "{"]], "then": "fail" });
    assert_code(&refused(params).await, "changed-its-mind", "after all");
}

#[tokio::test]
async fn what_breaks_the_rules_is_named() {
    let deep = "[".repeat(10_000);
    for (variables, message) in [
        (json!([["", "1"]]), "the variable ``"),
        (json!([["a.b", "1"]]), "1 to 64 letters"),
        (json!([["ä", "1"]]), "the variable `ä`"),
        (json!([["a\u{1b}[31m", "1"]]), "`a\\u{1b}[31m`"),
        (json!([["1a", "1"], ["good", "1"]]), "begins with no digit"),
        (json!([["a".repeat(65), "1"]]), "1 to 64 letters"),
        (json!([["a", ""]]), "variable `a` is not JSON"),
        (
            json!([["good", "1"], ["bad", "{1}"]]),
            "variable `bad` is not JSON",
        ),
        (json!([["a", deep]]), "nested"),
        (json!([["a", "1 2"]]), "not JSON"),
    ] {
        let outcome = set(variables.clone()).await;
        let error = error_of(outcome).await;
        assert_code(&error, "invalid-output", message);
        assert!(!error.retryable, "{variables}");
    }
}

#[tokio::test]
async fn there_is_an_end_to_names_and_bytes() {
    let many = |count: u64, size: u64| json!({ "mode": "variables-many", "count": count, "size": size });
    let emitted = call(many(64, 1000)).await.result.unwrap();
    assert_eq!(emitted.variables.len(), 64);
    assert_code(
        &refused(many(65, 0)).await,
        "invalid-output",
        "more than 64 variables",
    );
    assert_code(&refused(many(1, 65_535)).await, "invalid-output", "65536 bytes");
    assert_code(&refused(many(2, 40_000)).await, "invalid-output", "65536 bytes");
    assert_code(&refused(many(2, 10 << 20)).await, "invalid-output", "65536 bytes");
    assert_code(&refused(many(20_000, 0)).await, "host-calls", "10000");
}

#[tokio::test]
async fn a_step_that_goes_on_sets_nothing() {
    let params = json!({ "mode": "variables", "set": [["a", "1"]], "then": "wait" });
    assert_code(
        &refused(params).await,
        "invalid-output",
        "only a step that is over sets variables",
    );
}
