use monshyflow_sandbox::{Budget, Call, EmittedItem, ErrorCode, Input, Item, NodeErrorKind, Outcome, Params};
use serde_json::{Value, json};

use crate::harness::*;
use crate::wat_guests::{component, load};

async fn with_items(params: Value, items: &[&str], keep_going: bool) -> Outcome {
    let params = params.to_string();
    let items: Vec<Item<'_>> = items.iter().map(|json| Item { json, binary: &[] }).collect();
    let inputs = [Input {
        port: "in",
        items: &items,
    }];
    let mut context = context();
    context.keep_going = keep_going;
    let call = Call {
        params: Params::Shared(&params),
        inputs: &inputs,
        context,
        ports: &["other", "out"],
    };
    sandbox().call(probe().await, call, powers(), &budget()).await
}

#[tokio::test]
async fn items_go_in_and_come_out() {
    let outcome = with_items(json!({ "mode": "copy" }), &["{\"a\":1}", "[\"ü\"]"], false).await;
    let emitted = outcome.result.unwrap();
    assert_eq!(emitted.ports[0].port, 1);
    let items: Vec<_> = emitted.ports[0]
        .items
        .iter()
        .map(|item| match item {
            EmittedItem::Created { json, source, .. } => (json.as_str().to_owned(), source.clone()),
            other => panic!("{other:?}"),
        })
        .collect();
    assert_eq!(
        items,
        [
            ("{\"a\":1}".to_owned(), vec![(0, 0)]),
            ("[\"ü\"]".to_owned(), vec![(0, 1)])
        ]
    );
    let passed = with_items(json!({ "mode": "pass" }), &["1", "2"], false)
        .await
        .result
        .unwrap();
    assert!(matches!(
        passed.ports[0].items[..],
        [EmittedItem::Passed((0, 0)), EmittedItem::Passed((0, 1))]
    ));
}

#[tokio::test]
async fn parameters_may_differ_by_item() {
    let texts = [r#"{"a":1}"#, r#"{"a":2}"#];
    let call = Call {
        params: Params::PerItem(&texts),
        inputs: &[],
        context: context(),
        ports: &["out"],
    };
    let outcome = sandbox().call(probe().await, call, powers(), &budget()).await;
    assert_eq!(said(&outcome), json!({ "mode": "per-item", "params": texts }));
    assert_eq!(outcome.cost.bytes_in, 14);
}

#[tokio::test]
async fn the_context_arrives() {
    let context = json!({
        "runId": "run-1", "stepId": "run-1/node/0", "nodeName": "Probe", "workflowName": "Hostile", "attempt": 1,
        "iteration": [], "runTimeMs": RUN_TIME_MS as f64, "timeZone": "UTC", "keepGoing": false,
    });
    assert_eq!(ask(json!({ "mode": "context" })).await, context);
}

#[tokio::test]
async fn answers_that_break_the_contract_are_named() {
    for (params, message) in [
        (
            json!({ "mode": "json", "text": "{" }),
            "output item 0 is not JSON",
        ),
        (json!({ "mode": "json", "text": "" }), "not JSON"),
        (json!({ "mode": "json", "text": "NaN" }), "not JSON"),
        (json!({ "mode": "json", "text": "1 2" }), "not JSON"),
        (json!({ "mode": "deep-json" }), "nested"),
        (json!({ "mode": "not-utf-8" }), "utf-8"),
        (
            json!({ "mode": "port", "text": "aside\u{1b}[31m" }),
            "`aside\\u{1b}[31m`; the node has `out`",
        ),
        (json!({ "mode": "port", "text": "" }), "output port"),
        (json!({ "mode": "port-twice" }), "twice"),
        (json!({ "mode": "reference" }), "item 7 of input 0"),
        (json!({ "mode": "source" }), "item 0 of input 3"),
        (json!({ "mode": "attachment", "blob": 0 }), "has no blob"),
        (
            json!({ "mode": "attachment", "blob": 4_000_000_000_u32 }),
            "has no blob",
        ),
        (json!({ "mode": "failed" }), "keep going"),
        (json!({ "mode": "error", "code": "Bad Code" }), "lower-case"),
        (json!({ "mode": "error", "code": "" }), "lower-case"),
        (json!({ "mode": "error", "details": "{" }), "details"),
        (json!({ "mode": "error", "item": 3 }), "item 3 of input 0"),
    ] {
        let error = refused(params.clone()).await;
        assert_eq!(error.code, ErrorCode::InvalidOutput, "{params}: {error:?}");
        assert!(error.message.contains(message), "{params}: {}", error.message);
        assert!(!error.retryable);
    }
}

#[tokio::test]
async fn pointers_that_lead_nowhere_are_malformed_output() {
    for result in ["(i32.const 0x7ffffff0)", "(i32.const -4)", "(i32.const 1023)"] {
        let wat = format!(r#"(func (export "run") (param i32) (result i32) {result})"#);
        let loaded = load(component(&wat)).await.unwrap();
        let outcome = call_loaded(&loaded, json!({}), powers(), &Budget::default()).await;
        assert_code(&error_of(outcome).await, "invalid-output", "");
    }
    let out_of_range = r#"(func (export "run") (param i32) (result i32)
        (i32.store (i32.const 1032) (i32.const 0x10000)) (i32.store (i32.const 1036) (i32.const 0x7fffffff))
        (i32.const 1024))"#;
    let loaded = load(component(out_of_range)).await.unwrap();
    let outcome = call_loaded(&loaded, json!({}), powers(), &Budget::default()).await;
    let error = error_of(outcome).await;
    assert!(
        ["invalid-output", "output-too-large"].contains(&error.code.as_str()),
        "{error:?}"
    );
}

#[tokio::test]
async fn a_nodes_own_error_passes_through() {
    let params = json!({
        "mode": "error", "kind": "rate-limited", "code": "http-status", "message": "the server is busy",
        "details": "{\"status\":429}", "parameter": "/url", "item": 1, "retryAfterMs": 1500,
    });
    let error = with_items(params, &["1", "2"], false).await.result.unwrap_err();
    let code = ErrorCode::Node {
        kind: NodeErrorKind::RateLimited,
        code: "http-status".into(),
    };
    assert_eq!(
        (error.code, error.message.as_str(), error.retryable),
        (code, "the server is busy", true)
    );
    assert_eq!(
        (error.details.as_deref(), error.parameter.as_deref()),
        (Some("{\"status\":429}"), Some("/url"))
    );
    assert_eq!((error.item, error.retry_after_ms), (Some((0, 1)), Some(1500)));
    for (kind, retryable) in [
        ("permanent", false),
        ("transient", true),
        ("auth-expired", false),
        ("invalid-input", false),
    ] {
        let error = refused(json!({ "mode": "error", "kind": kind })).await;
        assert_eq!(
            (error.code.as_str(), error.retryable),
            ("its-own", retryable),
            "{kind}"
        );
    }
    let long = refused(json!({ "mode": "error", "message": "ä".repeat(10_000) })).await;
    assert_eq!(long.message.len(), 4096);
}

#[tokio::test]
async fn a_failed_item_is_allowed_when_the_workflow_keeps_going() {
    let emitted = with_items(json!({ "mode": "failed" }), &["1"], true)
        .await
        .result
        .unwrap();
    let [EmittedItem::Failed(error)] = &emitted.ports[0].items[..] else {
        panic!("{emitted:?}")
    };
    assert_eq!(error.code.as_str(), "bad-item");
}

#[tokio::test]
async fn a_panic_says_what_it_said() {
    let error = refused(json!({ "mode": "panic", "text": "seventh shelf" })).await;
    assert_code(&error, "trapped", "the probe panics: seventh shelf");
    assert!(error.retryable);
}

#[tokio::test]
async fn ending_the_program_is_not_an_answer() {
    for status in [0, 3] {
        let error = refused(json!({ "mode": "exit", "count": status })).await;
        assert_code(&error, "exited", "");
    }
}
