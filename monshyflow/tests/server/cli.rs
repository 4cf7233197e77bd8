//! The program as a person or a script starts it: exit codes, and what programs read.

use std::path::{Path, PathBuf};
use std::process::{Command, Output, Stdio};

use serde_json::{Value, json};

use crate::document::{node, set, trigger, workflow};
use crate::support::{USER_CACHE, nodes, turn_to_start};

/// A workflow that greets, one that fails when it runs, and ones that are none.
struct Files(tempfile::TempDir);

impl Files {
    fn write() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let hello = set("hello", "greeting", json!("Hello {{ $json.name }}"));
        let stop = node("stop", "stop-and-error@1", json!({ "message": "enough" }));
        let good = workflow("good", &[trigger(), hello], &["start > hello"]);
        let fails = workflow("fails", &[trigger(), stop], &["start > stop"]);
        let mut bad = good.clone();
        bad["nodes"][1]["type"] = json!("no-such-node@1");
        for (name, document) in [("good", good), ("fails", fails), ("bad", bad)] {
            std::fs::write(folder.path().join(name), document.to_string()).unwrap();
        }
        std::fs::write(folder.path().join("broken"), r#"{"name": "#).unwrap();
        Self(folder)
    }

    fn file(&self, name: &str) -> PathBuf {
        self.0.path().join(name)
    }

    fn run(&self, arguments: &[&str], file: &str) -> (i32, String, String) {
        monshyflow(&[arguments, &[self.file(file).to_str().unwrap()]].concat())
    }
}

/// The exit code, and what it printed and said.
fn monshyflow(arguments: &[&str]) -> (i32, String, String) {
    let _turn = turn_to_start();
    let command = arguments.iter().find(|argument| !argument.starts_with('-'));
    let mut program = Command::new(env!("CARGO_BIN_EXE_monshyflow"));
    program.args(arguments).env("XDG_CACHE_HOME", USER_CACHE);
    if command.is_some_and(|command| *command != "openapi") {
        program.arg("--nodes").arg(nodes());
    }
    let Output {
        status,
        stdout,
        stderr,
    } = program.stdin(Stdio::null()).output().unwrap();
    let text = |bytes| String::from_utf8(bytes).unwrap();
    (
        status.code().expect("it ends by itself"),
        text(stdout),
        text(stderr),
    )
}

/// One JSON value per line.
fn lines(text: &str) -> Vec<Value> {
    let read = |line: &str| serde_json::from_str(line).unwrap_or_else(|error| panic!("{error}: {line}"));
    text.lines().map(read).collect()
}

fn codes(printed: &str) -> Vec<String> {
    let problems: Vec<Value> =
        serde_json::from_str(printed).unwrap_or_else(|error| panic!("{error}: {printed}"));
    let code = |problem: &Value| problem["code"].as_str().unwrap().to_owned();
    problems.iter().map(code).collect()
}

#[test]
fn check_tells_good_from_bad() {
    let files = Files::write();
    let (code, printed, _) = files.run(&["check"], "good");
    assert_eq!(code, 0, "{printed}");
    assert!(printed.ends_with("good: no problems\n"), "{printed}");
    let (code, printed, _) = files.run(&["check", "--json"], "good");
    assert_eq!((code, codes(&printed)), (0, vec![]));
    let (code, printed, _) = files.run(&["check"], "bad");
    assert_eq!(code, 2, "{printed}");
    assert!(
        printed.starts_with("error[type-unknown] /nodes/1/type: "),
        "{printed}"
    );
    for (file, expected) in [("bad", "type-unknown"), ("broken", "document-not-json")] {
        let (code, printed, _) = files.run(&["check", "--json"], file);
        assert_eq!((code, codes(&printed)), (2, vec![expected.to_owned()]));
    }
    let (code, _, said) = files.run(&["check"], "missing");
    assert_eq!(code, 2, "{said}");
    assert!(said.contains("cannot read") && said.contains("missing"), "{said}");
}

#[test]
fn run_tells_by_its_exit_code_how_it_ended() {
    let files = Files::write();
    let ada = ["run", "--input", r#"{"name":"Ada"}"#];
    let (code, printed, said) = files.run(&ada, "good");
    assert_eq!(code, 0, "{printed}{said}");
    assert!(
        printed.contains(" succeeded\n") && printed.contains(r#""greeting":"Hello Ada""#),
        "{printed}"
    );
    let (code, printed, said) = files.run(&[&ada[..], &["--json"]].concat(), "good");
    assert_eq!(code, 0, "{printed}{said}");
    let printed = lines(&printed);
    assert_eq!(printed[0]["type"], "run-requested");
    assert_eq!(
        printed.last().unwrap()["result"][0]["items"][0]["greeting"],
        "Hello Ada"
    );

    let (code, printed, _) = files.run(&["run"], "fails");
    assert_eq!(code, 1, "{printed}");
    assert!(
        printed.contains(" failed\n") && printed.contains("stop: enough ["),
        "{printed}"
    );
    let (code, printed, _) = files.run(&["run", "--json"], "fails");
    assert_eq!(
        (code, &lines(&printed).last().unwrap()["status"]),
        (1, &json!("failed"))
    );

    for (file, expected) in [("bad", "type-unknown"), ("broken", "document-not-json")] {
        let (code, printed, said) = files.run(&["run"], file);
        assert_eq!((code, printed.as_str()), (2, ""), "{said}");
        assert!(said.starts_with(&format!("[{expected}] ")), "{said}");
        let (code, printed, _) = files.run(&["run", "--json"], file);
        assert_eq!((code, codes(&printed)), (2, vec![expected.to_owned()]));
    }
    for input in ["{\"name\"", "@/no/such/file", "1 2"] {
        let (code, printed, said) = files.run(&["run", "--input", input], "good");
        assert_eq!((code, printed.as_str()), (2, ""), "{said}");
        assert!(said.contains("input"), "{said}");
    }
}

#[test]
fn serve_runs_one_workflow_and_ends() {
    let (files, data) = (Files::write(), tempfile::tempdir().unwrap());
    let serve = |more: &[&str]| serve(data.path(), files.0.path(), more);
    // Files are imported that end in `.json`.
    for name in ["good", "fails"] {
        std::fs::rename(files.file(name), files.file(&format!("{name}.json"))).unwrap();
    }
    let (code, printed, said) = serve(&["--run", "good", "--input", r#"{"name":"Ada"}"#]);
    assert_eq!(code, 0, "{printed}{said}");
    assert!(
        said.contains("imported `good`") && printed.contains("Hello Ada"),
        "{printed}{said}"
    );
    let (code, printed, said) = serve(&["--run", "fails", "--json"]);
    assert_eq!(code, 1, "{printed}{said}");
    assert!(!said.contains("imported"), "once: {said}");
    let printed = lines(&printed);
    assert_eq!(printed[0]["type"], "run-requested");
    assert_eq!(printed.last().unwrap()["error"]["message"], "enough");
    for (wrong, expected) in [
        (&["--run", "nothing"][..], "no workflow `nothing`"),
        (&["--run", "good", "--input", "{"], "--input is not JSON"),
        (&[], "--run"),
        (&["--run", "good", "--surprise"], "--surprise"),
    ] {
        let (code, printed, said) = serve(wrong);
        assert_eq!((code, printed.as_str()), (2, ""), "{wrong:?}: {said}");
        assert!(said.contains(expected), "{wrong:?}: {said}");
    }
}

fn serve(data: &Path, import: &Path, more: &[&str]) -> (i32, String, String) {
    let cache = format!("{USER_CACHE}/monshyflow/components");
    let (data, import) = (data.to_str().unwrap(), import.to_str().unwrap());
    let arguments = [
        "serve",
        "--listen",
        "127.0.0.1:0",
        "--data",
        data,
        "--cache",
        &cache,
        "--import",
        import,
        "--once",
    ];
    monshyflow(&[&arguments[..], more].concat())
}

#[test]
fn openapi_is_json() {
    let (code, printed, said) = monshyflow(&["openapi"]);
    assert_eq!((code, said.as_str()), (0, ""));
    let document: Value = serde_json::from_str(&printed).unwrap();
    assert_eq!(document["openapi"], "3.1.0");
}
