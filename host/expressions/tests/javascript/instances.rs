use bytes::Bytes;
use monshyflow_sandbox::{Evaluator, EvaluatorInstance, PublishError};

use crate::support::{limits, load, runtime, sandbox};

const REQUEST: &str = r#"{"expressions":["1 + 1"],"perItem":[false],"items":[]}"#;

async fn ask(instance: &EvaluatorInstance) {
    let evaluated = instance.evaluate(REQUEST, &limits()).await.unwrap();
    assert_eq!(evaluated.response, r#"{"shared":[{"v":2}],"items":[]}"#);
}

async fn fresh() -> Evaluator {
    load(&sandbox(1)).await
}

pub(crate) fn imports_are_refused() {
    runtime().block_on(async {
        let sandbox = sandbox(1);
        let node = sandbox.load_evaluator(Bytes::from(monshyflow_testkit::node("no-op"))).await;
        assert!(matches!(node, Err(PublishError::WrongWorld(_))), "{node:?}");
        let reaches_out = r#"(component (import "wasi:cli/environment@0.2.0" (instance)) (core module $m (func (export "f")))
            (core instance $i (instantiate $m)) (func (export "evaluate") (canon lift (core func $i "f"))))"#;
        let error = sandbox.load_evaluator(Bytes::from(wat::parse_str(reaches_out).unwrap())).await.unwrap_err();
        assert_eq!(error.code(), "unknown-import", "{error}");
        let as_node = sandbox.load(Bytes::from(monshyflow_testkit::evaluator())).await.unwrap_err();
        assert_eq!(as_node.code(), "wrong-world");
    });
}

pub(crate) fn an_instance_stays_for_its_run() {
    runtime().block_on(async {
        let evaluator = fresh().await;
        let (first, second) = (evaluator.start(), evaluator.start());
        assert_eq!(evaluator.resting(), 0, "nothing is made before it is needed");
        ask(&first).await;
        ask(&first).await;
        assert_eq!(evaluator.resting(), 1);
        ask(&second).await;
        assert_eq!(evaluator.resting(), 2);
        drop(first);
        assert_eq!(evaluator.resting(), 1);
        let mut tight = limits();
        tight.cpu = std::time::Duration::from_millis(20);
        let endless = REQUEST.replace("1 + 1", "(() => { for (;;); })()");
        second.evaluate(&endless, &tight).await.unwrap_err();
        assert_eq!(evaluator.resting(), 0, "what was interrupted is not used again");
        ask(&second).await;
    });
}

/// More runs than there are places, all of them in need at once and at rest afterwards.
pub(crate) fn resting_instances_make_way() {
    runtime().block_on(async {
        let evaluator = fresh().await;
        let runs: Vec<_> = (0..40).map(|_| std::sync::Arc::new(evaluator.start())).collect();
        for run in &runs {
            ask(run).await;
            assert!(evaluator.resting() <= 4);
        }
        let at_once: Vec<_> = runs
            .iter()
            .flat_map(|run| [run.clone(), run.clone()])
            .map(|run| tokio::spawn(async move { ask(&run).await }))
            .collect();
        for one in at_once {
            one.await.unwrap();
        }
        assert!(evaluator.resting() <= 4);
        drop(runs);
        assert_eq!(evaluator.resting(), 0);
    });
}
