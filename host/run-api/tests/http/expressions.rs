use serde_json::{Value, json};

use crate::answer::ask;
use crate::fixture::{create, greeting, publish, run};

/// `greeting`, with JavaScript in it.
fn shouting(name: &str, value: &str) -> Value {
    let mut document = greeting(name);
    document["nodes"][1]["params"]["fields"][0]["value"] = json!(value);
    document
}

fn evaluate(body: &Value) -> Value {
    ask("POST", "/api/expressions/evaluate", &[])
        .json(body)
        .send()
        .expect(200)
}

pub(crate) fn javascript_runs() {
    let text = "{{ $json.name.toUpperCase() }} {{ $itemIndex + 1 }}/{{ $('Start').all().length }} {{ $('Start').item.json.name[0] }}";
    let workflow = publish(&shouting("Shouting", text));
    let done = run(&workflow, &json!([{ "name": "Ada" }, { "name": "Alan" }]));
    assert_eq!(
        done["result"][0]["items"],
        json!([{ "name": "Ada", "greeting": "ADA 1/2 A" }, { "name": "Alan", "greeting": "ALAN 2/2 A" }]),
        "{done:#}"
    );
    let failed = run(&workflow, &json!({ "name": 5 }));
    assert_eq!(failed["status"], "failed", "{failed:#}");
    assert_eq!(failed["error"]["code"], "expression-threw");
    let endless = publish(&shouting("Endless", "{{ (() => { for (;;); })() }}"));
    let failed = run(&endless, &json!({ "name": "Ada" }));
    assert_eq!(failed["error"]["code"], "timed-out", "{failed:#}");
    let unclear = publish(&shouting(
        "Unclear",
        "{{ $('St' + 'art').last().json.name.trim() }}",
    ));
    let done = run(&unclear, &json!([{ "name": "Ada" }, { "name": " Alan" }]));
    assert_eq!(done["result"][0]["items"][0]["greeting"], "Alan", "{done:#}");
}

pub(crate) fn expressions_are_previewed() {
    let document = greeting("Previewed");
    let workflow = publish(&document);
    let ran = run(&workflow, &json!([{ "name": "Ada" }, { "name": "Alan" }]))["id"].clone();
    let of_run = |params: Value, item: u32| {
        evaluate(&json!({ "run": ran, "node": "Greet", "params": params, "item": item }))
    };
    for (params, item, value) in [
        (json!("{{ $json.name }}"), 1, json!("Alan")),
        (json!("{{ $json.name.length + $itemIndex }}"), 1, json!(5)),
        (
            json!({ "a": ["{{ $('Start').all().map(one => one.json.name).join() }}"] }),
            0,
            json!({ "a": ["Ada,Alan"] }),
        ),
        (
            json!("{{ $input.first().json.name }} {{ $('Start').item.json.name }}"),
            1,
            json!("Ada Alan"),
        ),
        (json!("{{ $run.id }}"), 0, ran.clone()),
        (json!("plain"), 0, json!("plain")),
    ] {
        assert_eq!(
            of_run(params.clone(), item),
            json!({ "value": value }),
            "{params}"
        );
    }
    for (params, item, code) in [
        ("{{ $json.nam }}", 0, "expression-unresolved"),
        ("{{ $json.name }}", 7, "expression-unresolved"),
        ("{{ $json.name", 0, "expression-syntax"),
        ("{{ $json.name + }}", 0, "expression-syntax"),
        ("{{ $json.name.foo() }}", 0, "expression-threw"),
        ("{{ (() => { for (;;); })() }}", 0, "timed-out"),
    ] {
        let answer = of_run(json!(params), item);
        assert_eq!(answer["error"]["code"], code, "{params}: {answer:#}");
    }
    let error = of_run(json!({ "x": "{{ $json.nam.trim() }}" }), 0)["error"].clone();
    assert_eq!(
        (&error["pointer"], &error["available"], &error["line"]),
        (&json!("/x"), &json!(["name"]), &json!(1)),
        "{error:#}"
    );
    let draft = create(&document);
    let sample =
        json!({ "workflow": draft, "node": "greet", "params": "{{ $json.a + 1 }}", "input": { "a": 1 } });
    assert_eq!(evaluate(&sample), json!({ "value": 2 }));
    let unsaved =
        json!({ "document": document, "run": ran, "node": "Greet", "params": "{{ $json.name.at(-1) }}" });
    assert_eq!(evaluate(&unsaved), json!({ "value": "a" }));
    for (body, status, code) in [
        (json!({ "node": "Greet", "params": 1 }), 422, "invalid-body"),
        (
            json!({ "run": ran, "node": "Nobody", "params": 1 }),
            404,
            "not-found",
        ),
        (
            json!({ "document": {}, "node": "Greet", "params": 1 }),
            422,
            "workflow-invalid",
        ),
    ] {
        ask("POST", "/api/expressions/evaluate", &[])
            .json(&body)
            .send()
            .problem(status, code);
    }
}

/// Items with `n` from 3 on leave `Decide` by `true`, the others by `false`; both ways lead to `Tell`.
fn deciding(fields: &[(&str, &str)]) -> Value {
    let fields: Vec<Value> = fields
        .iter()
        .map(|(name, value)| json!({ "name": name, "value": value }))
        .collect();
    let edge = |from: &str, port: &str, to: &str| json!({ "from": { "node": from, "port": port }, "to": { "node": to, "port": "main" } });
    json!({
        "name": "Deciding",
        "nodes": [
            { "id": "start", "name": "Start", "type": "manual-trigger@1" },
            { "id": "decide", "name": "Decide", "type": "if@1", "params": {
                "conditions": [{ "left": "{{ $json.n }}", "type": "number", "operation": "gte", "right": 3 }] } },
            { "id": "large", "name": "Large", "type": "set@1", "params": { "fields": [] } },
            { "id": "small", "name": "Small", "type": "set@1", "params": { "fields": [] } },
            { "id": "tell", "name": "Tell", "type": "set@1", "params": { "fields": fields } },
            { "id": "below", "name": "Below", "type": "set@1", "params": { "fields": fields } },
        ],
        "edges": [
            edge("start", "main", "decide"), edge("decide", "true", "large"), edge("decide", "false", "small"),
            edge("large", "main", "tell"), edge("small", "main", "tell"), edge("decide", "false", "below"),
        ],
    })
}

fn numbered(count: usize) -> Value {
    (0..count).map(|n| json!({ "n": n })).collect()
}

fn result_of(done: &Value, node: &str) -> Value {
    let results = done["result"].as_array().expect("a result");
    let of_node = results.iter().find(|one| one["node"] == node);
    of_node.unwrap_or_else(|| panic!("{done:#}"))["items"].clone()
}

pub(crate) fn the_output_that_leads_here_counts() {
    let workflow = publish(&deciding(&[
        ("path", "{{ $('Decide').first().json.n }}"),
        ("script", "{{ $('Decide').first().json.n + 0 }}"),
        ("node", "{{ $node['Decide'].all().length }}"),
        ("named", "{{ $('Decide').last(1, 0).json.n }}"),
        (
            "items",
            "{{ $items('Decide').length * 10 + $items('Decide', 1, 0).length }}",
        ),
        (
            "unclear",
            "{{ ['Decide'].map(name => $(name).all().length + $(name).all(0).length)[0] }}",
        ),
        (
            "before",
            "{{ $prevNode.name + $prevNode.outputIndex + $prevNode.runIndex }}",
        ),
    ]));
    let done = run(&workflow, &numbered(5));
    assert_eq!(
        result_of(&done, "Below")[0],
        json!({ "n": 0, "path": 0, "script": 0, "node": 3, "named": 2, "items": 23, "unclear": 5, "before": "Decide10" })
    );
    // Two outputs lead here on ways of the same length: the first of the document.
    assert_eq!(
        result_of(&done, "Tell")[0],
        json!({ "n": 3, "path": 3, "script": 3, "node": 2, "named": 2, "items": 23, "unclear": 4, "before": "Large00" })
    );
    let before = publish(&deciding(&[("before", "{{ $prevNode.name }}")]));
    let done = run(&before, &numbered(2));
    assert_eq!(result_of(&done, "Tell")[0], json!({ "n": 0, "before": "Small" }));
    for (text, message) in [
        (
            "{{ $('Decide').first(2).json.n }}",
            "`Decide` has no output 2; there are 0 (`true`), 1 (`false`)",
        ),
        (
            "{{ $('Decide').first(0, 1).json.n }}",
            "only run 0 can be read here, not run 1",
        ),
        (
            "{{ $('Decide').first(0).json.n }}",
            "`Decide` emitted no items by its output `true`",
        ),
        (
            "{{ $('Start').all(1) }}",
            "`Start` has no output 1; there are 0 (`main`)",
        ),
    ] {
        let failed = run(&publish(&deciding(&[("wrong", text)])), &numbered(2));
        let said = failed["error"]["message"].as_str().expect("an error");
        assert!(said.contains(message), "{said}");
    }
    let native = run(
        &publish(&deciding(&[("wrong", "{{ $('Decide').first().json.n }}")])),
        &numbered(2),
    );
    let said = native["error"]["message"].as_str().expect("an error");
    assert!(
        said.contains("`Decide` emitted no items by its output `true`"),
        "{said}"
    );
}

/// More items than go into one call of a node.
pub(crate) fn items_of_other_batches_can_be_seen() {
    const COUNT: usize = 9_000;
    let last = COUNT - 1;
    let document = shouting(
        "Far",
        &format!(
            "{{{{ $item(0).$json.n + $('Start').itemMatching({last}).json.n + $item($itemIndex).json.n }}}}"
        ),
    );
    let done = run(&publish(&document), &numbered(COUNT));
    let items = result_of(&done, "Greet");
    for index in [0, 4_095, 4_096, 8_192, last] {
        assert_eq!(items[index]["greeting"], last + index, "{index}");
    }
    let wrong = run(
        &publish(&shouting("Far", &format!("{{{{ $item({COUNT}).json.n ?? 1 }}}}"))),
        &numbered(COUNT),
    );
    let said = wrong["error"]["message"].as_str().expect("an error");
    assert!(
        said.contains("there is no input item 9000; there are 9000"),
        "{said}"
    );
    let everything = "{{ Array.from({ length: 9000 }, (_, at) => $item(at).json.n).sum() }}";
    let preview = evaluate(&json!({
        "run": done["id"], "node": "Greet", "params": everything, "item": 7_000 }));
    assert_eq!(preview, json!({ "value": last * COUNT / 2 }));
}
