use std::path::PathBuf;
use std::sync::OnceLock;
use std::time::Duration;

use bytes::Bytes;
use monshyflow_expressions::{
    Asked, Emitted, Evaluation, ExpressionError, JavaScript, MAX_PARAMETER_BYTES, Output, Previous, Resolved,
    Scope, Surroundings, resolve_with,
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

/// What can be seen: `items`, some of which come from items of a node `Fetch`; `If`, which leads here by its second output;
/// `Nobody`, which has not run.
pub(crate) struct World {
    pub(crate) items: Vec<Item>,
    /// Place of the first of `items` in the whole input.
    pub(crate) first: usize,
    /// Number of items of the whole input.
    pub(crate) count: usize,
    pub(crate) fetched: Vec<Item>,
    pub(crate) asked: Asked,
    pub(crate) limits: EvaluatorLimits,
}

impl World {
    pub(crate) fn of(jsons: &[&str]) -> Self {
        Self {
            items: jsons.iter().map(|json| item(json)).collect(),
            first: 0,
            count: jsons.len(),
            fetched: vec![item(r#"{"id":7,"name":"seven"}"#), item(r#"{"id":8}"#)],
            asked: Asked::default(),
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
        let branches = [
            item(r#"{"is":true}"#),
            item(r#"{"is":false,"a":[1]}"#),
            item("{}"),
        ];
        let branches: Vec<&Item> = branches.iter().collect();
        let names = ["true", "false", "error"].map(str::to_owned);
        let fetch = [Some(Output::of(&fetched))];
        let decide = [&branches[..1], &branches[1..], &[]].map(|items| Some(Output::of(items)));
        let output = |name: &str| {
            let (branch, ports, names): (_, &[_], &[String]) = match name {
                "Fetch" => (0, &fetch, &names[..1]),
                "If" => (1, &decide, &names),
                _ => return None,
            };
            Some(Emitted {
                branch,
                ports,
                names,
                run: 0,
            })
        };
        let ancestor = |name: &str, index: usize| self.fetched.get(index).filter(|_| name == "Fetch");
        let scope = Scope {
            node: "Send",
            items: &self.items,
            first_index: self.first,
            input: if self.items.len() == self.count {
                Output::of(&all)
            } else {
                Output::default()
            },
            input_count: self.count,
            output: &output,
            ancestor: &ancestor,
            asked: &self.asked,
            run_id: "run-1",
            workflow_id: "workflow-1",
            workflow_name: "Orders",
            variables: r#"{"limit":3,"order":{"id":12345678901234567890,"tags":["a","b"]},"toString":"own","none":null}"#,
            limit: MAX_PARAMETER_BYTES,
        };
        let around = Surroundings {
            node_names: &["Fetch", "If", "Nobody", "Send"],
            started_at_ms: NOW_MS,
            now_ms: NOW_MS,
            attempt: 1,
            active: true,
            mode: "manual",
            resume_url: "http://localhost/api/resume/t",
            previous: Some(Previous {
                node: "Fetch",
                output: 2,
                run: 1,
            }),
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

    /// What one text becomes for each item, `absent` if it is left out; one value if it is the same for all.
    pub(crate) fn each(
        &self,
        instance: &EvaluatorInstance,
        text: &str,
    ) -> Result<Vec<String>, ExpressionError> {
        let evaluation = self.resolve(instance, &template(&json!({ "p": text })))?;
        let each = match evaluation.resolved {
            Resolved::Shared(json) => vec![json],
            Resolved::PerItem(each) => each,
        };
        let value = |json: &Json| {
            let value = json
                .as_str()
                .strip_prefix(r#"{"p":"#)
                .and_then(|rest| rest.strip_suffix('}'));
            value.unwrap_or("absent").to_owned()
        };
        Ok(each.iter().map(value).collect())
    }

    /// The same for the first item.
    pub(crate) fn one(&self, instance: &EvaluatorInstance, text: &str) -> Result<String, ExpressionError> {
        Ok(self.each(instance, text)?.into_iter().next().unwrap())
    }
}
