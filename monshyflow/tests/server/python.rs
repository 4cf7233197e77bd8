//! Python in a Code node of the real server: what it prints, and how it is stopped.

use serde_json::{Value, json};

use crate::document::{node, trigger, workflow};
use crate::support::Server;

fn code(name: &str, code: &str) -> Value {
    let mut python = node("python", "code-python@1", json!({ "code": code }));
    python["settings"] = json!({ "timeoutMs": 20_000 });
    workflow(name, &[trigger(), python], &["start > python"])
}

fn log(server: &Server, run: &Value) -> Vec<(String, String)> {
    let events = server.events(run["id"].as_str().unwrap(), 0);
    let lines = events.iter().filter(|event| event["type"] == "log");
    let text = |value: &Value| value.as_str().unwrap().to_owned();
    lines
        .map(|line| (text(&line["level"]), text(&line["message"])))
        .collect()
}

#[test]
fn what_python_prints_and_logs_is_in_the_history() {
    let data = tempfile::tempdir().unwrap();
    let server = Server::start(data.path(), &[]);
    let says = "import logging, sys\n\
                print('one', {'a': 1}, 'größer')\n\
                logging.warning('%d left', 3)\n\
                logging.getLogger('shop').error('closed')\n\
                logging.debug('detail')\n\
                print('to stderr', file=sys.stderr)\n\
                print('two\\nthree', end='')\n\
                return {'n': _items[0].json.n + 1}";
    let run = server.run(&server.publish(&code("says", says)), &json!({ "n": 1 }));
    assert_eq!(run["result"][0]["items"], json!([{ "n": 2 }]), "{run}");
    let said = log(&server, &run);
    let said: Vec<(&str, &str)> = said
        .iter()
        .map(|(level, line)| (level.as_str(), line.as_str()))
        .collect();
    assert_eq!(
        said,
        [
            ("info", "one {'a': 1} größer"),
            ("warn", "3 left"),
            ("error", "closed"),
            ("debug", "detail"),
            ("warn", "to stderr"),
            ("info", "two"),
            ("info", "three"),
        ]
    );
}

#[test]
fn python_that_does_not_end_or_breaks_its_interpreter_fails_alone() {
    let data = tempfile::tempdir().unwrap();
    let server = Server::start(data.path(), &[]);
    let deep = "import sys\nsys.setrecursionlimit(10**9)\nmany = []\nfor _ in range(100_000): many = [many]\nreturn {'text': repr(many)}";
    let many = "import sys\nsys.setrecursionlimit(10**9)\ndef f(n): return f(n + 1)\nf(0)";
    for (name, text, expected) in [
        ("exit", "import os\nos._exit(3)", "exited"),
        ("abort", "import os\nos.abort()", "trapped"),
        ("deep", deep, "stack-overflow"),
        ("many", many, "out-of-memory"),
        ("large", "return {'size': len('x' * (1 << 29))}", "out-of-memory"),
    ] {
        let run = server.run(&server.publish(&code(name, text)), &json!({}));
        assert_eq!(run["error"]["code"], expected, "{run}");
    }
    let mut endless = code("endless", "print('before')\nwhile True: pass");
    endless["nodes"][1]["settings"] = json!({ "timeoutMs": 500 });
    let run = server.run(&server.publish(&endless), &json!({}));
    assert_eq!(run["error"]["code"], "timed-out", "{run}");
    assert_eq!(log(&server, &run), [("info".to_owned(), "before".to_owned())]);
    let run = server.run(
        &server.publish(&code("well", "return {'is': 'well'}")),
        &json!({}),
    );
    assert_eq!(run["result"][0]["items"], json!([{ "is": "well" }]), "{run}");
}
