use std::path::PathBuf;
use std::sync::OnceLock;
use std::time::Duration;

use bytes::Bytes;
use monshyflow_capabilities::Powers;
use monshyflow_sandbox::{
    Budget, Call, CallError, CompileChild, Config, Context, EmittedItem, Loaded, Outcome, Params, Sandbox,
};
use serde_json::{Value, json};
use tokio::sync::OnceCell;

pub(crate) const RUN_TIME_MS: u64 = 1_700_000_000_000;

/// One sandbox for all tests of this binary: whoever breaks it fails them all.
pub(crate) fn sandbox() -> &'static Sandbox {
    static SANDBOX: OnceLock<Sandbox> = OnceLock::new();
    SANDBOX.get_or_init(|| {
        let folder = PathBuf::from(env!("CARGO_TARGET_TMPDIR")).join("components-of-hostile");
        // What an earlier run of the tests left would not be compiled again.
        _ = std::fs::remove_dir_all(&folder);
        std::fs::create_dir_all(&folder).unwrap();
        Sandbox::new(config(folder)).unwrap()
    })
}

pub(crate) fn config(cache: PathBuf) -> Config {
    Config {
        cache,
        key: [7; 32],
        compile: compile_child(Duration::from_secs(60)),
        calls: 16,
    }
}

pub(crate) fn compile_child(max_time: Duration) -> CompileChild {
    CompileChild {
        program: env!("CARGO_BIN_EXE_monshyflow-compile").into(),
        args: Vec::new(),
        max_time,
        max_memory: 3 << 30,
    }
}

pub(crate) async fn probe() -> &'static Loaded {
    static PROBE: OnceCell<Loaded> = OnceCell::const_new();
    PROBE
        .get_or_init(async || {
            sandbox()
                .load(Bytes::from(monshyflow_testkit::probe()))
                .await
                .unwrap()
        })
        .await
}

pub(crate) fn context() -> Context<'static> {
    Context {
        run_id: "run-1",
        step_id: "run-1/node/0",
        node_name: "Probe",
        workflow_name: "Hostile",
        attempt: 1,
        iteration: &[],
        run_time_ms: RUN_TIME_MS as f64,
        time_zone: "UTC",
        keep_going: false,
    }
}

pub(crate) fn powers() -> Powers {
    Powers {
        run_time_ms: RUN_TIME_MS,
        ..Powers::default()
    }
}

/// Short, so that a guest that is not stopped fails the test soon.
pub(crate) fn budget() -> Budget {
    Budget {
        wall: Duration::from_secs(20),
        cpu: Duration::from_secs(10),
        ..Budget::default()
    }
}

pub(crate) async fn call_loaded(loaded: &Loaded, params: Value, powers: Powers, budget: &Budget) -> Outcome {
    let params = params.to_string();
    let call = Call {
        params: Params::Shared(&params),
        inputs: &[],
        context: context(),
        ports: &["out"],
    };
    sandbox().call(loaded, call, powers, budget).await
}

pub(crate) async fn call_with(params: Value, powers: Powers, budget: &Budget) -> Outcome {
    call_loaded(probe().await, params, powers, budget).await
}

/// Calls the probe without any power.
pub(crate) async fn call(params: Value) -> Outcome {
    call_with(params, powers(), &budget()).await
}

/// The JSON of the only item.
pub(crate) fn said(outcome: &Outcome) -> Value {
    let emitted = outcome
        .result
        .as_ref()
        .unwrap_or_else(|error| panic!("{}: {error}", error.code));
    match emitted.ports[0].items.as_slice() {
        [EmittedItem::Created { json, .. }] => json.to_value().unwrap(),
        other => panic!("not one item: {other:?}"),
    }
}

pub(crate) async fn ask(params: Value) -> Value {
    said(&call(params).await)
}

/// The error of a call, after which the sandbox must be as good as before.
pub(crate) async fn refused(params: Value) -> CallError {
    error_of(call(params).await).await
}

pub(crate) async fn error_of(outcome: Outcome) -> CallError {
    let error = outcome.result.expect_err("the guest got away with it");
    lives().await;
    error
}

pub(crate) async fn lives() {
    let outcome = call(json!({ "mode": "none" })).await;
    assert!(outcome.result.is_ok(), "{:?}", outcome.result);
}

#[track_caller]
pub(crate) fn assert_code(error: &CallError, code: &str, message: &str) {
    assert_eq!(error.code.as_str(), code, "{}", error.message);
    assert!(error.message.contains(message), "{}", error.message);
}
