use std::thread::sleep;
use std::time::{Duration, Instant};

use serde_json::{Value, json};

use crate::answer::{Answer, ask};
use crate::fixture::{create, greeting, hanging, own_node_type, publish, run};

fn start(workflow: &str, body: &Value) -> Answer {
    ask("POST", "/api/workflows/{id}/runs", &[workflow])
        .json(body)
        .send()
}

/// Reads the run until it has ended.
fn ended(id: &str) -> Value {
    let patience = Instant::now() + Duration::from_secs(30);
    loop {
        let view = ask("GET", "/api/runs/{id}", &[id]).send().expect(200);
        if view.get("finishedAt").is_some() {
            return view;
        }
        assert!(Instant::now() < patience, "{view:#}");
        sleep(Duration::from_millis(20));
    }
}

pub(crate) fn a_run_is_waited_for() {
    let workflow = publish(&greeting("Waited for"));
    let one = run(&workflow, &json!({ "name": "Ada" }));
    assert_eq!(one["status"], "succeeded");
    assert_eq!(one["version"], 1);
    assert_eq!(
        one["result"][0]["items"],
        json!([{ "name": "Ada", "greeting": "Hello Ada" }])
    );
    let several = run(&workflow, &json!([{ "name": "Ada" }, { "name": "Alan" }]));
    assert_eq!(several["result"][0]["count"], 2);
    let failed = start(&workflow, &json!({ "wait": true, "input": {} })).expect(200);
    assert_eq!(failed["status"], "failed");
    assert_eq!(failed["error"]["node"], "Greet", "{failed:#}");
    // A number that no float can hold passes as it is.
    let exact = br#"{"wait":true,"input":{"name":"n","big":123456789012345678901234567890}}"#.to_vec();
    let answer = ask("POST", "/api/workflows/{id}/runs", &[&workflow])
        .bytes("application/json", exact)
        .send();
    assert!(
        answer.text().contains("123456789012345678901234567890"),
        "{}",
        answer.text()
    );
}

pub(crate) fn a_run_goes_on_behind_its_url() {
    let workflow = publish(&greeting("Not waited for"));
    let answer = start(&workflow, &json!({ "input": { "name": "Ada" } }));
    let location = answer.header("location").to_owned();
    let accepted = answer.expect(202);
    assert_eq!(
        (accepted["url"].as_str(), accepted["existing"].as_bool()),
        (Some(location.as_str()), Some(false))
    );
    let id = accepted["id"].as_str().unwrap();
    let view = ended(id);
    assert_eq!(view["status"], "succeeded");
    assert_eq!(view["steps"].as_array().unwrap().len(), 2, "{view:#}");
    let step = ask("GET", "/api/runs/{id}/steps/{step}", &[id, "greet"])
        .send()
        .expect(200);
    assert_eq!(step["input"][0]["items"], json!([{ "name": "Ada" }]));
    assert_eq!(
        step["output"][0]["items"],
        json!([{ "name": "Ada", "greeting": "Hello Ada" }])
    );
    ask("GET", "/api/runs/{id}/steps/{step}", &[id, "nothing"])
        .send()
        .problem(404, "not-found");
    let again = ask("POST", "/api/runs/{id}/cancel", &[id]).send().expect(200);
    assert_eq!(again["status"], "succeeded", "what has ended stays as it ended");
}

pub(crate) fn a_key_starts_one_run() {
    let workflow = publish(&greeting("Once"));
    let once = |body: Value| {
        ask("POST", "/api/workflows/{id}/runs", &[&workflow])
            .header("idempotency-key", "order-7")
            .json(&body)
            .send()
    };
    let first = once(json!({ "input": { "name": "Ada" } })).expect(202);
    let second = once(json!({ "input": { "name": "Ada" } })).expect(202);
    assert_eq!((&first["id"], &second["existing"]), (&second["id"], &json!(true)));
    ended(first["id"].as_str().unwrap());
    let waited = once(json!({ "input": { "name": "Ada" }, "wait": true })).expect(200);
    assert_eq!(waited["id"], first["id"]);
    for other in [
        json!({ "input": { "name": "Bob" } }),
        json!({ "input": { "name": "Ada" }, "version": 1 }),
    ] {
        let refused = once(other).problem(422, "idempotency-key-reused");
        let detail = refused["detail"].as_str().unwrap();
        assert!(detail.contains(first["id"].as_str().unwrap()), "{detail}");
    }
    let list = ask("GET", "/api/runs", &[])
        .query(&format!("workflow={workflow}"))
        .send()
        .expect(200);
    assert_eq!(list["items"].as_array().unwrap().len(), 1);
    let bad = ask("POST", "/api/workflows/{id}/runs", &[&workflow])
        .header("idempotency-key", "a b")
        .json(&json!({}));
    bad.send().problem(400, "invalid-idempotency-key");
}

pub(crate) fn bad_starts_are_refused() {
    let draft = create(&greeting("A draft"));
    start(&draft, &json!({})).problem(409, "workflow-not-published");
    let by_draft = start(
        &draft,
        &json!({ "draft": true, "wait": true, "input": { "name": "Ada" } }),
    )
    .expect(200);
    assert_eq!(
        (by_draft["status"].as_str(), by_draft.get("version")),
        (Some("succeeded"), None)
    );
    start(&draft, &json!({ "version": 7 })).problem(404, "not-found");
    for body in [
        json!({ "draft": true, "version": 1 }),
        json!({ "timeoutMs": 0 }),
        json!({ "timeoutMs": 300_001 }),
        json!({ "wiat": true }),
        json!({ "wait": "yes" }),
        json!([]),
    ] {
        start(&draft, &body).problem(422, "invalid-body");
    }
    let unknown = start(&draft, &json!({ "wiat": true })).json();
    assert!(
        unknown["detail"].as_str().unwrap().contains("`wiat`"),
        "{unknown}"
    );
    start(&draft, &json!({ "draft": true, "trigger": "nothing" })).problem(422, "unknown-trigger");
    for nowhere in ["00000000-0000-7000-8000-000000000000", "x"] {
        start(nowhere, &json!({})).problem(404, "not-found");
    }
}

pub(crate) fn runs_are_found() {
    let workflow = publish(&greeting("Found"));
    let good = run(&workflow, &json!({ "name": "Ada" }));
    start(&workflow, &json!({ "wait": true, "input": {} })).expect(200);
    let list = |filter: &str| {
        let found = ask("GET", "/api/runs", &[])
            .query(&format!("workflow={workflow}{filter}"))
            .send()
            .expect(200);
        found["items"].as_array().unwrap().clone()
    };
    assert_eq!(list("").len(), 2);
    assert_eq!(list("&status=succeeded")[0]["id"], good["id"]);
    assert_eq!(list("&status=failed").len(), 1);
    assert_eq!(list("&status=cancelled").len(), 0);
    assert_eq!(list("&trigger=manual-trigger").len(), 2);
    assert_eq!(list("&trigger=webhook").len(), 0);
    assert_eq!(list("&since=2020-01-01T00:00:00Z").len(), 2);
    assert_eq!(list("&since=2999-01-01T00:00:00Z").len(), 0);
    assert_eq!(list("&limit=1").len(), 1);
    for bad in [
        "status=done",
        "workflow=x",
        "since=yesterday",
        "state=failed",
        "limit=1000",
    ] {
        ask("GET", "/api/runs", &[])
            .query(bad)
            .send()
            .problem(400, "invalid-query");
    }
    ask("GET", "/api/runs", &[])
        .query("cursor=abc")
        .send()
        .problem(400, "bad-cursor");
}

pub(crate) fn a_run_that_hangs_is_cancelled() {
    own_node_type();
    let workflow = publish(&hanging("Hangs"));
    let answer = start(&workflow, &json!({ "wait": true, "timeoutMs": 300 }));
    let id = answer.expect(202)["id"].as_str().unwrap().to_owned();
    let view = ask("GET", "/api/runs/{id}", &[&id]).send().expect(200);
    assert_eq!(view["status"], "running");
    let cancelled = ask("POST", "/api/runs/{id}/cancel", &[&id]).send().expect(200);
    assert_eq!(cancelled["status"], "cancelled");
    assert_eq!(
        ask("GET", "/api/runs/{id}", &[&id]).send().expect(200)["status"],
        "cancelled"
    );
}
