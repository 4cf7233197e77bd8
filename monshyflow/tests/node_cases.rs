//! Every case of every built-in node, and every example of its manifest, as a call of the real component in the real sandbox;
//! and that what comes otherwise than expected is told.
#![expect(clippy::unwrap_used, reason = "a test that cannot go on fails")]

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};

use serde_json::{Value, json};

fn components() -> PathBuf {
    let folder = std::env::var_os("MONSHYFLOW_NODES_DIR").map(PathBuf::from);
    folder.expect(
        "MONSHYFLOW_NODES_DIR names the folder with the built nodes: run the tests with `cargo xtask test`",
    )
}

fn sources() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../nodes")
}

fn node_test(arguments: &[&str], folders: &[PathBuf]) -> Output {
    node_test_of(&components(), arguments, folders)
}

fn node_test_of(components: &Path, arguments: &[&str], folders: &[PathBuf]) -> Output {
    let output = Command::new(env!("CARGO_BIN_EXE_monshyflow"))
        .args(["node", "test", "--nodes"])
        .arg(components)
        // Compiled once for all tests of this crate.
        .args(["--cache", concat!(env!("CARGO_TARGET_TMPDIR"), "/components")])
        .args(arguments)
        .args(folders)
        .output();
    output.expect("the binary starts")
}

fn stdout(output: &Output) -> String {
    String::from_utf8(output.stdout.clone()).unwrap()
}

fn stderr(output: &Output) -> String {
    String::from_utf8(output.stderr.clone()).unwrap()
}

/// Runs cases of one's own for a built-in node. Answers the titles of those that failed, with what was said of them.
fn failures(node: &str, cases: &Value) -> Vec<(String, String)> {
    let folder = tempfile::tempdir().unwrap();
    std::fs::create_dir(folder.path().join("cases")).unwrap();
    std::fs::copy(
        sources().join(node).join("node.toml"),
        folder.path().join("node.toml"),
    )
    .unwrap();
    std::fs::write(folder.path().join("cases/own.json"), cases.to_string()).unwrap();
    let output = node_test(&["--json"], &[folder.path().to_owned()]);
    let reports: Value = serde_json::from_slice(&output.stdout)
        .unwrap_or_else(|error| panic!("{error}: {}{}", stdout(&output), stderr(&output)));
    let failures = reports[0]["failures"].as_array().unwrap().iter();
    let failures = failures.filter(|failure| failure["file"] == "own.json");
    failures
        .map(|failure| {
            let title = failure["title"].as_str().unwrap().to_owned();
            (title, failure["differences"].to_string())
        })
        .collect()
}

/// Each of the cases must fail for a reason in which the words of its title occur.
fn all_fail(node: &str, cases: &Value) {
    let failures = failures(node, cases);
    assert_eq!(failures.len(), cases.as_array().unwrap().len(), "{failures:#?}");
    for (title, said) in failures {
        assert!(said.contains(&title), "`{title}` is not said: {said}");
    }
}

#[test]
fn every_case_of_every_node_passes() {
    let folders = std::fs::read_dir(sources()).unwrap();
    let folders = folders.map(|entry| entry.unwrap().path());
    let mut folders: Vec<_> = folders
        .filter(|folder| folder.join("node.toml").exists())
        .collect();
    folders.sort();
    let names = |paths: &[PathBuf]| -> BTreeSet<String> {
        let stems = paths.iter().filter_map(|path| path.file_stem());
        stems.map(|stem| stem.to_string_lossy().into_owned()).collect()
    };
    let built = std::fs::read_dir(components()).unwrap();
    let built = built.map(|entry| entry.unwrap().path());
    let built: Vec<_> = built
        .filter(|path| path.extension().is_some_and(|e| e == "wasm"))
        .collect();
    assert_eq!(
        names(&built),
        names(&folders),
        "what is built is not what there is"
    );
    let output = node_test(&[], &folders);
    assert!(output.status.success(), "{}{}", stdout(&output), stderr(&output));
}

/// What authors begin with, built as they build it.
#[test]
fn the_cases_of_the_template_and_of_the_example_pass() {
    let sdk = Path::new(env!("CARGO_MANIFEST_DIR")).join("../sdk/rust");
    let folders = ["template", "example"].map(|name| sdk.join(name));
    let output = node_test_of(&components().join("_sdk"), &[], &folders);
    assert!(output.status.success(), "{}{}", stdout(&output), stderr(&output));
}

/// The Code node compiles most code at once, and reads the tree of code that may need changes first. A word in a comment makes it
/// do the latter, which must come to the same.
#[test]
fn code_whose_tree_is_read_first_gives_the_same() {
    let mut cases = Vec::new();
    for entry in std::fs::read_dir(sources().join("code/cases")).unwrap() {
        let text = std::fs::read_to_string(entry.unwrap().path()).unwrap();
        cases.extend(serde_json::from_str::<Vec<Value>>(&text).unwrap());
    }
    let mut changed = 0;
    for case in &mut cases {
        let params = &mut case["params"];
        if let Some(code) = params["code"].as_str() {
            params["code"] = json!(format!("{code}\n// await"));
            changed += 1;
        }
    }
    assert!(changed > 60, "only {changed} cases have code");
    let failures = failures("code", &json!(cases));
    assert!(failures.is_empty(), "{failures:#?}");
}

#[test]
fn what_a_call_gave_otherwise_is_told() {
    all_fail(
        "no-op",
        &json!([
            { "title": r#"expected {\"a\":2}, found {\"a\":1}"#, "input": { "main": [{ "a": 1 }] }, "expect": { "main": [{ "a": 2 }] } },
            { "title": "main[0]: nothing came", "input": { "main": [] }, "expect": { "main": [{}] } },
            { "title": "main[1]: nothing was expected", "input": { "main": [{}, {}] }, "expect": { "main": [{}] } },
            { "title": "main[0]: nothing was expected", "input": { "main": [{}] }, "expect": {} },
            { "title": "expected the text", "input": { "main": [{ "$item": { "text": "[1 ]" } }] }, "expect": { "main": [{ "$item": { "text": "[1]" } }] } },
            { "title": "came from [(0, 0)]", "input": { "main": [{}] }, "expect": { "main": [{ "$item": { "source": [[0, 1]] } }] } },
            { "title": "passed on unchanged", "input": { "main": [{}] }, "expect": { "main": [{ "$item": { "passed": false } }] } },
            { "title": "holds", "input": { "main": [{ "$item": { "binary": { "data": { "text": "a" } } } }] }, "expect": { "main": [{ "$item": { "binary": { "data": { "text": "b" } } } }] } },
            { "title": "was not expected", "input": { "main": [{ "$item": { "binary": { "data": { "text": "a" } } } }] }, "expect": { "main": [{ "$item": { "binary": {} } }] } },
            { "title": "is missing", "input": { "main": [{}] }, "expect": { "main": [{ "$item": { "binary": { "data": { "text": "a" } } } }] } },
            { "title": "no item failed", "input": { "main": [] }, "expect": { "error": [{ "$failed": { "code": "a" } }] } },
            { "title": "the call succeeded", "input": { "main": [{}] }, "error": { "code": "a" } },
            { "title": "found the error `invalid-params`", "params": { "a": 1 }, "input": { "main": [{}] }, "expect": {} },
            { "title": "(invalid-input)", "params": { "a": 1 }, "input": { "main": [{}] }, "error": { "code": "invalid-params", "kind": "transient" } },
            { "title": "asked for no suspension", "input": { "main": [] }, "suspend": { "until": 1 }, "expect": {} },
            { "title": r#"expected the variables {\"a\":1}, found {}"#, "input": { "main": [] }, "variables": { "a": 1 }, "expect": {} },
            { "title": "the node has `main`", "input": { "other": [] }, "expect": {} },
            { "title": "but the call gave no answer", "input": { "main": [] }, "response": {}, "expect": {} },
        ]),
    );
    let params = json!({ "respondWith": "text", "text": "a", "headers": [{ "name": "x", "value": "1" }] });
    let headers = json!({ "x": "1", "content-type": "text/plain; charset=utf-8" });
    let case = |title: &str, response: Value| json!({ "title": title, "params": params, "input": { "main": [] }, "response": response, "expect": {} });
    all_fail(
        "respond",
        &json!([
            case("no answer was expected", Value::Null),
            case(
                "with status 200, expected 201",
                json!({ "status": 201, "headers": headers, "text": "a" })
            ),
            case(
                "with the headers",
                json!({ "headers": { "x": "1" }, "text": "a" })
            ),
            case("with another body: a", json!({ "headers": headers, "text": "b" })),
            case("with another body: a", json!({ "headers": headers, "json": {} })),
            case("with another body: a", json!({ "headers": headers })),
        ]),
    );
}

#[test]
fn what_a_node_asked_otherwise_is_told() {
    let url = "https://a.example/";
    let case = |title: &str, params: Value, http: Value| json!({ "title": title, "params": params, "input": { "main": [{}] }, "http": http, "expect": { "main": [{}] } });
    let post = json!({ "method": "POST", "url": url, "body": { "type": "raw", "text": "a" }, "headers": { "x-a": "1" } });
    let answered = |request: Value| json!([{ "request": request, "response": { "json": {} } }]);
    all_fail(
        "http-request",
        &json!([
            case(
                "this request was not recorded",
                json!({ "url": url }),
                json!([{ "request": { "method": "GET", "url": "https://a.example/b" }, "response": {} }])
            ),
            case(
                "was not made",
                json!({ "url": url }),
                json!([
                    { "request": { "method": "GET", "url": url }, "response": { "json": {} } },
                    { "request": { "method": "GET", "url": url }, "response": { "json": {} } },
                ])
            ),
            case(
                "the body is",
                post.clone(),
                answered(json!({ "method": "POST", "url": url, "text": "b" }))
            ),
            case(
                "header `x-a` is",
                post.clone(),
                answered(json!({ "method": "POST", "url": url, "headers": { "x-a": "2" } }))
            ),
            case(
                "header `x-b` is None",
                post.clone(),
                answered(json!({ "method": "POST", "url": url, "headers": { "x-b": "2" } }))
            ),
            case(
                "expected None",
                post,
                answered(json!({ "method": "POST", "url": url, "headers": { "x-a": null } }))
            ),
            case(
                "`http-tls`",
                json!({ "url": url }),
                json!([{ "request": { "method": "GET", "url": url }, "failure": "tls" }])
            ),
        ]),
    );
}

#[test]
fn examples_show_parameters_that_can_be_saved() {
    let case = json!([{ "title": "the manifest's schema refuses the parameters", "example": true, "params": { "url": 1 }, "input": { "main": [] }, "expect": {} }]);
    all_fail("http-request", &case);
}

#[test]
fn a_node_without_cases_fails() {
    let folder = tempfile::tempdir().unwrap();
    std::fs::create_dir(folder.path().join("cases")).unwrap();
    std::fs::copy(sources().join("no-op/node.toml"), folder.path().join("node.toml")).unwrap();
    let output = node_test(&[], &[folder.path().to_owned()]);
    assert_eq!(output.status.code(), Some(2));
    assert!(stderr(&output).contains("holds no case"), "{}", stderr(&output));
}
