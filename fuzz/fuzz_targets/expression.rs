//! Any text as a parameter: cut into expressions, printed and read again, resolved on fixed data.
#![no_main]

use bytes::Bytes;
use libfuzzer_sys::fuzz_target;
use monshyflow_expressions::{Asked, Emitted, Output, Resolved, Scope, resolve};
use monshyflow_items::{Item, Json};
use monshyflow_workflow::{Code, Document, Template};
use serde_json::json;

const ITEM: &str = r#"{"a":{"b":[1,{"c":"😀é"}]},"n":null,"t":"x\ud800","d":1e400,"e":"{{ $json.a }}","a b":-0.0,"a":{"b":2}}"#;

fn template(text: &str) -> Option<Template> {
    let document =
        json!({"name": "a", "nodes": [{"id": "a", "name": "a", "type": "a@1", "params": {"p": [text]}}]});
    let document = Document::parse(document.to_string().as_bytes()).ok()?;
    let (template, problems) = Template::parse(document.nodes[0].params.as_deref());
    problems.is_empty().then_some(template)
}

fuzz_target!(|text: &str| {
    let Some(parsed) = template(text) else { return };
    for expression in parsed.expressions() {
        let Code::Native(operands) = &expression.code else {
            continue;
        };
        let printed: Vec<String> = operands.iter().map(ToString::to_string).collect();
        let again =
            template(&format!("{{{{{}}}}}", printed.join("??"))).expect("what is printed can be read");
        assert_eq!(again.expressions()[0].code, expression.code);
    }
    let item = Item::new(Json::parse(Bytes::from_static(ITEM.as_bytes())).expect("an item"));
    let (items, all) = ([item.clone()], [&item]);
    let port = Some(Output::of(&all));
    let output = |name: &str| (name == "a").then(|| Emitted::only(&port));
    let ancestor = |name: &str, _: usize| (name == "a").then_some(&item);
    let scope = Scope {
        node: "a",
        items: &items,
        first_index: 0,
        input: Output::of(&all),
        input_count: items.len(),
        output: &output,
        ancestor: &ancestor,
        asked: &Asked::default(),
        run_id: "r",
        workflow_id: "w",
        workflow_name: "n",
        variables: ITEM,
        limit: 1 << 20,
    };
    if let Ok(resolved) = resolve(&parsed, &scope) {
        let each = match resolved {
            Resolved::Shared(one) => vec![one],
            Resolved::PerItem(each) => each,
        };
        for one in each {
            Json::parse(one.bytes().clone()).expect("the result is JSON");
        }
    }
});
