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
