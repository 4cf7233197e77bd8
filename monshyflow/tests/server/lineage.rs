//! `$('start').item` behind every built-in node: each item knows which one it came from.

use std::collections::BTreeSet;

use monshyflow_testkit::Recorded;
use monshyflow_testkit::http::HttpServer;
use monshyflow_testkit::smtp::{SmtpRules, SmtpServer};
use serde_json::{Value, json};

use crate::document::{node, trigger, workflow};
use crate::runs::JSON;
use crate::support::{Server, nodes};

/// A node between `start`, which puts out the items `a`, `b` and `c`, and one that asks where they came from.
struct Row {
    kind: &'static str,
    params: Value,
    port: &'static str,
    /// Where the items came from.
    expected: &'static str,
}

/// No items go through these: they begin runs, or end them.
const NO_WAY_THROUGH: [&str; 4] = [
    "error-trigger",
    "execute-workflow-trigger",
    "manual-trigger",
    "stop-and-error",
];

fn row(kind: &'static str, params: Value, expected: &'static str) -> Row {
    Row {
        kind,
        params,
        port: "main",
        expected,
    }
}

fn by(port: &'static str, kind: &'static str, params: Value, expected: &'static str) -> Row {
    Row {
        port,
        ..row(kind, params, expected)
    }
}

fn input() -> Value {
    let item = |id: &str, group: u32| {
        json!({
            "id": id, "group": group, "to": format!("{id}@example.com"), "list": [1, 2],
            "data": format!("<p>{id}</p>"), "table": "x\n1\n2\n",
        })
    };
    json!([item("a", 1), item("b", 1), item("c", 2)])
}

/// A condition on `id`.
fn id_is(operation: &str, id: &str) -> Value {
    json!({ "conditions": [{ "left": "{{ $json.id }}", "operation": operation, "right": id }] })
}

/// Python, and an answer to whoever waits.
fn code_and_answer() -> [Row; 2] {
    [
        row(
            "code-python",
            json!({ "code": "return _input.all()[::-1]" }),
            "c b a",
        ),
        row("respond", json!({}), "a b c"),
    ]
}

fn without_the_world() -> Vec<Row> {
    let short = json!({ "title": "?", "limited": true, "limitAmount": 0.01, "limitUnit": "second" });
    vec![
        row("aggregate", json!({ "fields": [{ "field": "id" }] }), "a"),
        by("timed-out", "approval", short, "a b c"),
        row("binary", json!({ "operation": "write" }), "a b c"),
        row(
            "code",
            json!({ "code": "return $input.all().reverse();" }),
            "c b a",
        ),
        by(
            "same",
            "compare-datasets",
            json!({ "matchFields": [{ "a": "id" }] }),
            "a b c",
        ),
        row("compression", json!({ "operation": "compress" }), "a b c"),
        row("crypto", json!({ "operation": "encode", "value": "x" }), "a b c"),
        row(
            "csv",
            json!({ "source": "field", "field": "table" }),
            "a a b b c c",
        ),
        row(
            "date-time",
            json!({ "operation": "add", "date": "2024-02-28", "amount": 2, "unit": "day" }),
            "a b c",
        ),
        by("kept", "filter", id_is("notEquals", "b"), "a c"),
        by("done", "for-each", json!({ "concurrency": 2 }), "a b c"),
        row(
            "html",
            json!({ "values": [{ "name": "t", "selector": "p" }] }),
            "a b c",
        ),
        by("true", "if", id_is("equals", "b"), "b"),
        by("valid", "json-validate", json!({ "schema": true }), "a b c"),
        row("jwt", json!({ "secret": "s" }), "a b c"),
        row("limit", json!({ "maxItems": 2, "keep": "last" }), "b c"),
        by("done", "loop-batches", json!({ "batchSize": 2 }), "a b c"),
        row("markdown", json!({ "markdown": "# {{ $json.id }}" }), "a b c"),
        row("merge", json!({}), "a b c a b c"),
        row("no-op", json!({}), "a b c"),
        row(
            "remove-duplicates",
            json!({ "compare": "selected", "fields": ["group"] }),
            "a c",
        ),
        row("remove-seen", json!({ "value": "{{ $json.id }}" }), "a b c"),
        row(
            "rename-keys",
            json!({ "keys": [{ "from": "to", "to": "mail" }] }),
            "a b c",
        ),
        row(
            "set",
            json!({ "fields": [{ "name": "x", "value": "{{ $json.id }}" }] }),
            "a b c",
        ),
        row(
            "set-variable",
            json!({ "variables": [{ "name": "n", "value": 1 }] }),
            "a b c",
        ),
        row(
            "sort",
            json!({ "fields": [{ "field": "id", "direction": "descending" }] }),
            "c b a",
        ),
        row(
            "split-out",
            json!({ "fields": [{ "field": "list" }] }),
            "a a b b c c",
        ),
        row("spreadsheet", json!({ "operation": "write" }), "a"),
        row(
            "summarize",
            json!({ "fields": [{ "aggregation": "count" }], "groupBy": ["group"] }),
            "a c",
        ),
        by(
            "case-1",
            "switch",
            json!({ "mode": "expression", "output": 1, "outputs": 2 }),
            "a b c",
        ),
        row("wait", json!({ "amount": 0.01, "unit": "second" }), "a b c"),
        by(
            "done",
            "while",
            json!({ "condition": "{{ $itemIndex < 0 }}", "check": "after" }),
            "a b c",
        ),
        row("xml", json!({}), "a b c"),
    ]
}

fn with_the_world(http: &HttpServer, called: &str) -> Vec<Row> {
    let mail = json!({ "to": "{{ $json.to }}", "subject": "s", "text": "t" });
    vec![
        row("email-send", mail, "a b c"),
        row(
            "execute-workflow",
            json!({ "workflow": called, "mode": "each" }),
            "a b c",
        ),
        row(
            "graphql",
            json!({ "url": http.url("/json"), "query": "{ x }" }),
            "a b c",
        ),
        row("http-request", json!({ "url": http.url("/json") }), "a b c"),
        row("rss-read", json!({ "url": http.url("/feed") }), "a a b b c c"),
    ]
}

fn document(row: &Row) -> Value {
    let asks = json!({ "fields": [{ "name": "from", "value": "{{ $('start').item.json.id }}" }] });
    let mut all = vec![
        trigger(),
        // For nodes that work on attachments.
        node("file", "binary@1", json!({ "operation": "write" })),
        node("node", &format!("{}@1", row.kind), row.params.clone()),
        node("asks", "set@1", asks),
    ];
    let out = format!("node.{} > asks", row.port);
    let mut edges = vec!["start > file", &out];
    match row.kind {
        "compare-datasets" => edges.extend(["file > node.a", "file > node.b"]),
        "merge" => edges.extend(["file > node.input-0", "file > node.input-1"]),
        "for-each" | "loop-batches" | "while" => {
            all.push(node("body", "no-op@1", json!({})));
            edges.extend(["file > node.in", "node.body > body", "body > node.next"]);
        }
        _ => edges.push("file > node"),
    }
    workflow(row.kind, &all, &edges)
}

fn origins(server: &Server, row: &Row) -> String {
    let view = server.run(&server.publish(&document(row)), &input());
    assert_eq!(view["status"], "succeeded", "{}: {view}", row.kind);
    let mut ports = view["result"].as_array().unwrap().iter();
    let asked = ports
        .find(|port| port["node"] == "asks")
        .unwrap_or_else(|| panic!("{}: {view}", row.kind));
    let items = asked["items"].as_array().unwrap().iter();
    let origins: Vec<&str> = items
        .map(|item| item["from"].as_str().unwrap_or("nothing"))
        .collect();
    origins.join(" ")
}

#[test]
fn items_are_followed_back_through_every_node() {
    let runtime = tokio::runtime::Runtime::new().unwrap();
    let feed = "<rss version=\"2.0\"><channel><title>t</title><item><title>1</title></item><item><title>2</title></item>\
                </channel></rss>";
    let http = HttpServer::builder()
        .on("/json", |_: &Recorded| (JSON, r#"{"data":{"x":1}}"#))
        .on("/feed", move |_: &Recorded| feed);
    let http = runtime.block_on(http.start()).unwrap();
    let smtp = runtime.block_on(SmtpServer::start(SmtpRules::new())).unwrap();
    let data = tempfile::tempdir().unwrap();
    let internal = format!("127.0.0.1:{}", http.port());
    let mail = smtp.url(None);
    let server = Server::start(
        data.path(),
        &[
            "--allow-internal",
            &internal,
            "--smtp-url",
            &mail,
            "--mail-from",
            "shop@example.com",
        ],
    );
    let called = [
        node("start", "execute-workflow-trigger@1", json!({})),
        node("pass", "no-op@1", json!({})),
    ];
    let called = server.publish(&workflow("called", &called, &["start > pass"]));
    let mut rows = without_the_world();
    rows.extend(code_and_answer());
    rows.extend(with_the_world(&http, &called));
    let mut wrong = Vec::new();
    for row in &rows {
        let found = origins(&server, row);
        if found != row.expected {
            wrong.push(format!(
                "{}: came from {found}, expected {}",
                row.kind, row.expected
            ));
        }
    }
    assert!(wrong.is_empty(), "{wrong:#?}");
    let known: BTreeSet<String> = rows
        .iter()
        .map(|row| row.kind)
        .chain(NO_WAY_THROUGH)
        .map(str::to_owned)
        .collect();
    assert_eq!(known, built_in(), "each built-in node has a row here");
}

fn built_in() -> BTreeSet<String> {
    let files = std::fs::read_dir(nodes()).unwrap();
    let names = files.map(|file| file.unwrap().file_name().into_string().unwrap());
    names
        .filter_map(|name| Some(name.strip_suffix(".wasm")?.to_owned()))
        .collect()
}
