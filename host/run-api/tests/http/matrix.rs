//! Every operation, as nobody and as another tenant.

use std::collections::BTreeSet;
use std::sync::OnceLock;

use serde_json::{Value, json};

use crate::answer::{Ask, ask};
use crate::fixture::{fixture, greeting, own_node_type, publish, run};
use crate::schema::document;

/// What another tenant gets when it names what is `local`'s.
#[derive(Clone, Copy, PartialEq)]
enum Stranger {
    /// There is nothing to own.
    Public,
    NotFound,
    /// A list without anything of `local`.
    NothingOfOurs,
    /// Something of its own.
    Own,
    /// The URL is its own authorisation; one that this server did not sign leads nowhere.
    Ticket,
}

use Stranger::{NotFound, NothingOfOurs, Own, Public, Ticket};

/// Method, path, what a stranger gets, and the body that `local` would send.
type Row = (&'static str, &'static str, Stranger, fn() -> Option<Value>);

const NONE: fn() -> Option<Value> = || None;
const DOCUMENT: fn() -> Option<Value> = || Some(greeting("Of a stranger"));
const START: fn() -> Option<Value> = || Some(json!({ "draft": true, "wait": true }));
const REPLAY: fn() -> Option<Value> = || Some(json!({ "mode": "replay" }));
/// Of our run: another tenant must not see its items.
const EVALUATE: fn() -> Option<Value> =
    || Some(json!({ "run": ours().run, "node": "greet", "params": "{{ $json.name }}" }));
const GRANTS: fn() -> Option<Value> = || Some(json!({ "grants": [] }));

const MATRIX: &[Row] = &[
    ("GET", "/api/workflows", NothingOfOurs, NONE),
    ("POST", "/api/workflows", Own, DOCUMENT),
    ("GET", "/api/workflows/{id}", NotFound, NONE),
    ("PUT", "/api/workflows/{id}", NotFound, DOCUMENT),
    ("DELETE", "/api/workflows/{id}", NotFound, NONE),
    ("POST", "/api/workflows/{id}/check", NotFound, NONE),
    ("POST", "/api/workflows/{id}/publish", NotFound, NONE),
    ("POST", "/api/workflows/{id}/unpublish", NotFound, NONE),
    ("GET", "/api/workflows/{id}/versions", NotFound, NONE),
    ("GET", "/api/workflows/{id}/versions/{n}", NotFound, NONE),
    ("POST", "/api/workflows/{id}/versions/{n}/restore", NotFound, NONE),
    ("POST", "/api/workflows/{id}/runs", NotFound, START),
    ("GET", "/api/runs", NothingOfOurs, NONE),
    ("GET", "/api/runs/{id}", NotFound, NONE),
    ("GET", "/api/runs/{id}/steps/{step}", NotFound, NONE),
    ("GET", "/api/runs/{id}/events", NotFound, NONE),
    ("POST", "/api/runs/{id}/cancel", NotFound, NONE),
    ("POST", "/api/runs/{id}/rerun", NotFound, REPLAY),
    ("GET", "/api/resume/{ticket}", Ticket, NONE),
    ("POST", "/api/resume/{ticket}", Ticket, NONE),
    // A stream without end; `events` checks that a stranger sees nothing in it.
    ("GET", "/api/events", Own, NONE),
    ("POST", "/api/expressions/evaluate", NotFound, EVALUATE),
    ("GET", "/api/node-types", NothingOfOurs, NONE),
    // `node_types` checks that what a stranger uploads is the stranger's.
    ("POST", "/api/node-types", Own, NONE),
    ("GET", "/api/node-types/{name}/{version}", NotFound, NONE),
    ("DELETE", "/api/node-types/{name}/{version}", NotFound, NONE),
    ("GET", "/api/node-types/{name}/{version}/grants", NotFound, NONE),
    ("PUT", "/api/node-types/{name}/{version}/grants", NotFound, GRANTS),
    ("GET", "/healthz", Public, NONE),
    ("GET", "/readyz", Public, NONE),
    ("GET", "/metrics", Public, NONE),
    ("GET", "/api/openapi.json", Public, NONE),
    ("GET", "/api/docs", Public, NONE),
    ("GET", "/api/docs/{file}", Public, NONE),
    ("GET", "/api/errors/{code}", Public, NONE),
];

/// What `local` has.
struct Ours {
    workflow: String,
    run: String,
}

fn ours() -> &'static Ours {
    static OURS: OnceLock<Ours> = OnceLock::new();
    OURS.get_or_init(|| {
        own_node_type();
        let workflow = publish(&greeting("Ours"));
        let run = run(&workflow, &json!({ "name": "Ada" }));
        Ours {
            workflow,
            run: run["id"].as_str().unwrap().to_owned(),
        }
    })
}

fn request(row: &Row) -> Ask {
    let (method, path, _, body) = *row;
    let Ours { workflow, run } = ours();
    let places: Vec<&str> = match path {
        _ if path.starts_with("/api/workflows/{id}/versions/{n}") => vec![workflow, "1"],
        _ if path.starts_with("/api/workflows/{id}") => vec![workflow],
        _ if path.starts_with("/api/runs/{id}/steps") => vec![run, "greet"],
        _ if path.starts_with("/api/runs/{id}") => vec![run],
        _ if path.starts_with("/api/node-types/{name}") => vec!["http-request", "1"],
        "/api/resume/{ticket}" => vec!["6c6f63616c.0.61..00"],
        "/api/docs/{file}" => vec!["index.html"],
        "/api/errors/{code}" => vec!["not-found"],
        _ => vec![],
    };
    let request = ask(method, path, &places);
    let request = if method == "PUT" || path.ends_with("/restore") {
        request.header("if-match", "\"1\"")
    } else {
        request
    };
    match body() {
        Some(body) => request.json(&body),
        None => request,
    }
}

pub(crate) fn every_operation_is_in_the_matrix() {
    let paths = document()["paths"].as_object().unwrap().iter();
    let documented: BTreeSet<(String, String)> = paths
        .flat_map(|(path, item)| {
            item.as_object()
                .unwrap()
                .keys()
                .map(|method| (method.to_uppercase(), path.clone()))
        })
        .collect();
    let listed: BTreeSet<(String, String)> = MATRIX
        .iter()
        .map(|(method, path, ..)| ((*method).to_owned(), (*path).to_owned()))
        .collect();
    assert_eq!(
        documented, listed,
        "the matrix and the OpenAPI document name different operations"
    );
    for (method, path, stranger, _) in MATRIX {
        let security = document()["paths"][path][method.to_lowercase()].get("security");
        let open = security == Some(&json!([{}]));
        assert_eq!(
            open,
            matches!(stranger, Public | Ticket),
            "{method} {path} documents the security {security:?}"
        );
    }
}

pub(crate) fn nobody_gets_in_without_a_key() {
    let wrong = Some("mfk_0000000000000000000000000000000000000000000000000000000000000000".to_owned());
    for row in MATRIX {
        for key in [None, wrong.clone(), Some(String::new())] {
            let answer = request(row).key(key).send();
            match row.2 {
                Public => assert!(answer.status < 400, "{} {}: {}", row.0, row.1, answer.text()),
                Ticket => {
                    answer.problem(404, "not-found");
                }
                _ => {
                    answer.problem(401, "unauthenticated");
                }
            }
        }
    }
}

pub(crate) fn another_tenant_finds_nothing() {
    let Ours { workflow, run } = ours();
    let before = state_of_ours();
    for row in MATRIX {
        let request = request(row).key(Some(fixture().key("other")));
        match row.2 {
            NotFound | Ticket => {
                request.send().problem(404, "not-found");
            }
            NothingOfOurs => {
                let text = request.send().text();
                let found = [workflow.as_str(), run, "http-request"]
                    .into_iter()
                    .find(|ours| text.contains(ours));
                assert!(found.is_none(), "{} {} shows {found:?}", row.0, row.1);
            }
            Own if row.1 == "/api/workflows" => {
                request.send().expect(201);
            }
            Own | Public => {}
        }
    }
    assert_eq!(state_of_ours(), before, "a stranger changed something of ours");
}

fn state_of_ours() -> Vec<Value> {
    let Ours { workflow, run } = ours();
    let place = ["http-request", "1"];
    vec![
        ask("GET", "/api/workflows/{id}", &[workflow]).send().expect(200),
        ask("GET", "/api/workflows/{id}/versions", &[workflow])
            .send()
            .expect(200),
        ask("GET", "/api/runs", &[])
            .query(&format!("workflow={workflow}"))
            .send()
            .expect(200),
        ask("GET", "/api/runs/{id}", &[run]).send().expect(200),
        ask("GET", "/api/node-types/{name}/{version}", &place)
            .send()
            .expect(200),
    ]
}
