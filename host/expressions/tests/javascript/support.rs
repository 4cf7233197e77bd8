use std::path::PathBuf;
use std::sync::OnceLock;
use std::time::Duration;

use bytes::Bytes;
use monshyflow_expressions::{
    Evaluation, ExpressionError, JavaScript, MAX_PARAMETER_BYTES, Output, Resolved, Scope, Surroundings,
    resolve_with,
};
use monshyflow_items::{Item, Json};
use monshyflow_sandbox::{CompileChild, Config, Evaluator, EvaluatorInstance, EvaluatorLimits, Sandbox};
use monshyflow_workflow::{Document, Template};
use serde_json::{Value, json};
use tokio::runtime::Runtime;

pub(crate) const COMPILE: &str = "compile-component";
pub(crate) const NOW_MS: u64 = 1_750_000_000_000;

pub(crate) fn runtime() -> &'static Runtime {
    static RUNTIME: OnceLock<Runtime> = OnceLock::new();
    RUNTIME.get_or_init(|| Runtime::new().unwrap())
}

pub(crate) fn sandbox(calls: usize) -> Sandbox {
    let cache = PathBuf::from(env!("CARGO_TARGET_TMPDIR")).join("components");
    std::fs::create_dir_all(&cache).unwrap();
    Sandbox::new(Config {
        cache,
        key: [7; 32],
        compile: CompileChild::this_program(&[COMPILE]).unwrap(),
        calls,
    })
    .unwrap()
}

pub(crate) async fn load(sandbox: &Sandbox) -> Evaluator {
    let wasm = Bytes::from(monshyflow_testkit::evaluator());
    sandbox.load_evaluator(wasm).await.unwrap()
}

/// One for all tests: whoever breaks it fails them all.
pub(crate) fn evaluator() -> &'static Evaluator {
    static EVALUATOR: OnceLock<Evaluator> = OnceLock::new();
    EVALUATOR.get_or_init(|| runtime().block_on(async { load(&sandbox(16)).await }))
}

pub(crate) fn limits() -> EvaluatorLimits {
    EvaluatorLimits {
        cpu: Duration::from_secs(2),
        ..EvaluatorLimits::default()
    }
}

pub(crate) fn item(json: &str) -> Item {
    Item::new(Json::parse(Bytes::from(json.to_owned())).unwrap())
}

pub(crate) fn template(params: &Value) -> Template {
    let document = json!({"name": "a", "nodes": [{"id": "a", "name": "a", "type": "a@1", "params": params}]})
        .to_string();
    let document = Document::parse(document.as_bytes()).unwrap();
    let (template, problems) = Template::parse(document.nodes[0].params.as_deref());
    assert_eq!(problems, []);
    template
}

/// What can be seen: `items`, and as many of a node `Fetch` from which they come; `Nobody` has not run.
pub(crate) struct World {
    pub(crate) items: Vec<Item>,
    pub(crate) fetched: Vec<Item>,
    pub(crate) limits: EvaluatorLimits,
}

impl World {
    pub(crate) fn of(jsons: &[&str]) -> Self {
        Self {
            items: jsons.iter().map(|json| item(json)).collect(),
            fetched: vec![item(r#"{"id":7,"name":"seven"}"#), item(r#"{"id":8}"#)],
            limits: limits(),
        }
    }

    pub(crate) fn resolve(
        &self,
        instance: &EvaluatorInstance,
        template: &Template,
    ) -> Result<Evaluation, ExpressionError> {
        let (all, fetched): (Vec<&Item>, Vec<&Item>) =
            (self.items.iter().collect(), self.fetched.iter().collect());
        let output = |name: &str| (name == "Fetch").then(|| Output::of(&fetched));
        let ancestor = |name: &str, index: usize| self.fetched.get(index).filter(|_| name == "Fetch");
        let scope = Scope {
            node: "Send",
            items: &self.items,
            first_index: 0,
            input: Output::of(&all),
            output: &output,
            ancestor: &ancestor,
            run_id: "run-1",
            workflow_id: "workflow-1",
            workflow_name: "Orders",
            variables: r#"{"limit":3,"order":{"id":12345678901234567890,"tags":["a","b"]},"toString":"own","none":null}"#,
            limit: MAX_PARAMETER_BYTES,
        };
        let around = Surroundings {
            node_names: &["Fetch", "Nobody", "Send"],
            started_at_ms: NOW_MS,
            now_ms: NOW_MS,
            attempt: 1,
            active: true,
            mode: "manual",
            resume_url: None,
            previous_node: Some("Fetch"),
            time_zone: "Europe/Berlin",
            iteration: &[],
            seed: "seed",
        };
        let javascript = JavaScript {
            evaluator: instance,
            limits: &self.limits,
            around: &around,
        };
        runtime().block_on(resolve_with(template, &scope, javascript))
    }

    /// What one text becomes for the first item; `absent` if it is left out.
    pub(crate) fn one(&self, instance: &EvaluatorInstance, text: &str) -> Result<String, ExpressionError> {
        let evaluation = self.resolve(instance, &template(&json!({ "p": text })))?;
        let json = match evaluation.resolved {
            Resolved::Shared(json) => json,
            Resolved::PerItem(each) => each.into_iter().next().unwrap(),
        };
        let value = json
            .as_str()
            .strip_prefix(r#"{"p":"#)
            .and_then(|rest| rest.strip_suffix('}'));
        Ok(value.unwrap_or("absent").to_owned())
    }
}
