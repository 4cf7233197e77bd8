//! Waits that somebody ends by the resume URL, and what happens if nobody does.

use std::time::{Duration, Instant};

use serde_json::{Value, json};

use crate::document::{node, set, trigger, workflow};
use crate::runs::{ENDED, resume_path, start, until};
use crate::support::{Answer, Server};

const FORM: (&str, &str) = ("content-type", "application/x-www-form-urlencoded");
const JSON: (&str, &str) = ("content-type", "application/json");

/// Starts a workflow with this node alone, and waits for the wait.
fn waiting(server: &Server, wait: Value, ports: &[&str]) -> (String, String) {
    let mut nodes = vec![trigger(), wait];
    let mut edges = vec!["start > wait".to_owned()];
    for port in ports {
        nodes.push(node(port, "no-op@1", json!({})));
        edges.push(format!("wait.{port} > {port}"));
    }
    let edges: Vec<&str> = edges.iter().map(String::as_str).collect();
    let id = server.publish(&workflow("wait", &nodes, &edges));
    let run = start(server, &id, &json!({ "input": [{ "n": 1 }, { "n": 2 }] }));
    let run = run["id"].as_str().unwrap().to_owned();
    until(server, &run, &["waiting"]);
    let url = resume_path(server, &run);
    (run, url)
}

fn send(server: &Server, url: &str, header: (&str, &str), body: &str) -> Answer {
    let method = ureq::http::Method::POST;
    server
        .send(method, url, &[header], Some(body.as_bytes().to_vec()))
        .unwrap()
}

/// What left by the only node that something came to.
fn left(server: &Server, run: &str) -> (String, Vec<Value>) {
    let view = until(server, run, ENDED);
    assert_eq!(view["status"], "succeeded", "{view}");
    let left = view["result"].as_array().unwrap();
    assert_eq!(left.len(), 1, "{view}");
    let node = left[0]["node"].as_str().unwrap().to_owned();
    (node, left[0]["items"].as_array().unwrap().clone())
}

#[test]
fn whoever_calls_the_url_ends_the_wait_and_brings_something() {
    let data = tempfile::tempdir().unwrap();
    let server = Server::start(data.path(), &[]);
    let wait = || {
        node(
            "wait",
            "wait@1",
            json!({ "mode": "resumeUrl", "outputField": "sent" }),
        )
    };
    let (run, url) = waiting(&server, wait(), &["main"]);
    let forged = format!("{}x", &url[..url.len() - 1]);
    assert_eq!(send(&server, &forged, JSON, "{}").status, 404);
    assert_eq!(
        send(&server, &url, JSON, "{").status,
        422,
        "what cannot be read ends nothing"
    );
    let head = server.send(ureq::http::Method::HEAD, &url, &[], None).unwrap();
    assert_eq!(head.status, 200);
    assert_eq!(server.get(&format!("/api/runs/{run}")).body["status"], "waiting");
    assert_eq!(send(&server, &url, JSON, r#"{"paid":true}"#).status, 200);
    let (_, items) = left(&server, &run);
    let sent = json!({ "method": "POST", "query": {}, "body": { "paid": true } });
    assert!(items.iter().all(|item| item["sent"] == sent), "{items:?}");
    assert_eq!(items.len(), 2);
    assert_eq!(send(&server, &url, JSON, "{}").status, 409, "it has ended");
    let browser = [("accept", "text/html,application/xhtml+xml,*/*;q=0.8")];
    let page = server
        .send(ureq::http::Method::GET, &url, &browser, None)
        .unwrap();
    assert!(page.content_type.starts_with("text/html"), "people read pages");
    assert_eq!(page.status, 409);
}

/// `$execution.resumeUrl` can be sent to somebody before anything waits.
#[test]
fn the_url_of_a_run_ends_its_only_wait() {
    let data = tempfile::tempdir().unwrap();
    let server = Server::start(data.path(), &[]);
    let wait = |id: &str| {
        node(
            id,
            "wait@1",
            json!({ "mode": "resumeUrl", "outputField": "sent" }),
        )
    };
    let nodes = [
        trigger(),
        set("link", "url", json!("{{ $execution.resumeUrl }}")),
        node("nap", "wait@1", json!({ "amount": 1, "unit": "second" })),
        wait("alone"),
        wait("one"),
        wait("two"),
    ];
    let edges = [
        "start > link",
        "link > nap",
        "nap > alone",
        "alone > one",
        "alone > two",
    ];
    let id = server.publish(&workflow("links", &nodes, &edges));
    let run = start(&server, &id, &json!({ "input": {} }))["id"]
        .as_str()
        .unwrap()
        .to_owned();
    let step = |id: &str| server.get(&format!("/api/runs/{run}/steps/{id}")).body;
    let waits = |id: &str| {
        let begun = Instant::now();
        while step(id)["status"] != "waiting" {
            assert!(begun.elapsed() < Duration::from_secs(60), "{}", step(id));
            std::thread::sleep(Duration::from_millis(10));
        }
    };
    waits("nap");
    let url = step("link")["output"][0]["items"][0]["url"]
        .as_str()
        .unwrap()
        .to_owned();
    let path = &url[url.find("/api/resume/").unwrap()..];
    let early = send(&server, path, JSON, "{}");
    assert_eq!((early.status, &early.body["code"]), (409, &json!("nobody-waits")));
    waits("alone");
    assert_eq!(send(&server, path, JSON, "1").status, 200);
    waits("one");
    waits("two");
    let both = send(&server, path, JSON, "{}");
    assert_eq!((both.status, &both.body["code"]), (409, &json!("several-wait")));
    for id in ["one", "two"] {
        let url = server.get(&format!("/api/runs/{run}")).body["steps"]
            .as_array()
            .unwrap()
            .iter()
            .find(|step| step["node"] == id)
            .unwrap()["resumeUrl"]
            .as_str()
            .unwrap()
            .to_owned();
        let path = &url[url.find("/api/resume/").unwrap()..];
        assert_eq!(send(&server, path, JSON, "{}").status, 200, "`{id}`");
    }
    assert_eq!(until(&server, &run, ENDED)["status"], "succeeded");
    assert_eq!(step("one")["input"][0]["items"][0]["sent"]["body"], 1);
}

#[test]
fn an_answer_that_does_not_fit_decides_nothing() {
    let data = tempfile::tempdir().unwrap();
    let server = Server::start(data.path(), &[]);
    let params = json!({
        "title": "Pay?",
        "choices": [{ "name": "yes", "title": "Yes", "port": "approved" }, { "name": "no", "title": "No", "port": "declined" }],
        "fields": [{ "name": "reason", "title": "Why", "required": true }],
    });
    let approval = node("wait", "approval@1", params);
    let (run, url) = waiting(&server, approval, &["approved", "declined"]);
    for body in ["", "choice=perhaps&reason=x", "choice=yes", "choice=yes&reason="] {
        let answer = send(&server, &url, FORM, body);
        assert_eq!(answer.status, 422, "{body}: {}", answer.body);
    }
    let wrong = send(&server, &url, JSON, r#"{"choice":"yes"}"#);
    assert_eq!(
        (wrong.status, &wrong.body["code"]),
        (422, &json!("invalid-body")),
        "{}",
        wrong.body
    );
    assert!(
        wrong.body["detail"].as_str().unwrap().contains("`reason`"),
        "{}",
        wrong.body
    );
    assert_eq!(server.get(&format!("/api/runs/{run}")).body["status"], "waiting");
    assert_eq!(
        send(&server, &url, FORM, "choice=no&reason=too+dear&more=x").status,
        200
    );
    let (node, items) = left(&server, &run);
    assert_eq!((node.as_str(), items.len()), ("declined", 2));
    let approval = &items[0]["approval"];
    assert_eq!(
        (&approval["choice"], &approval["fields"]),
        (&json!("no"), &json!({ "reason": "too dear" }))
    );
}

#[test]
fn when_nobody_comes_the_author_has_said_what_counts() {
    let data = tempfile::tempdir().unwrap();
    let server = Server::start(data.path(), &[]);
    let limited = |kind: &str, mut params: Value| {
        params["limited"] = json!(true);
        // Shorter rests are sat out, and never show as waiting.
        params["limitAmount"] = json!(3);
        params["limitUnit"] = json!("second");
        node("wait", kind, params)
    };
    let choice = json!({ "onLimit": "choice", "defaultChoice": "decline" });
    let all = ["approved", "declined", "timed-out"];
    let (run, url) = waiting(&server, limited("approval@1", choice), &all);
    let (node, items) = left(&server, &run);
    assert_eq!(node, "declined");
    let approval = &items[1]["approval"];
    assert_eq!(
        (&approval["choice"], &approval["timedOut"]),
        (&json!("decline"), &json!(true))
    );
    assert_eq!(
        send(&server, &url, FORM, "choice=approve").status,
        409,
        "too late"
    );

    let (run, _) = waiting(&server, limited("approval@1", json!({})), &all);
    assert_eq!(left(&server, &run).0, "timed-out");
    let (run, _) = waiting(
        &server,
        limited("wait@1", json!({ "mode": "resumeUrl" })),
        &["main"],
    );
    assert_eq!(left(&server, &run).1, [json!({ "n": 1 }), json!({ "n": 2 })]);
    let fails = limited("wait@1", json!({ "mode": "resumeUrl", "onLimit": "fail" }));
    let (run, _) = waiting(&server, fails, &["main"]);
    let view = until(&server, &run, ENDED);
    assert_eq!(
        (&view["status"], &view["error"]["code"]),
        (&json!("failed"), &json!("timed-out")),
        "{view}"
    );
}
