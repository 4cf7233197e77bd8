//! The main job on real input: the same result from `run FILE`, from HTTP with `wait`, and from replayed events.

use std::process::Command;

use crate::support::{Server, nodes};
use monshyflow_testkit::http::HttpServer;
use monshyflow_testkit::orders::shop;
use serde_json::{Value, json};

const WORKFLOW: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../examples/orders/workflow.json");

struct Shop {
    _runtime: tokio::runtime::Runtime,
    server: HttpServer,
    internal: String,
}

impl Shop {
    fn open() -> Self {
        let runtime = tokio::runtime::Runtime::new().unwrap();
        let server = runtime.block_on(shop().start()).unwrap();
        let internal = format!("127.0.0.1:{}", server.port());
        Self {
            _runtime: runtime,
            server,
            internal,
        }
    }

    fn input(&self) -> Value {
        json!({"shop": self.server.url("")})
    }

    /// The reports that were posted after the first `skip`, sorted, because requests of one step run side by side.
    fn reports(&self, skip: usize) -> Vec<String> {
        let requests = self.server.ledger().requests_to("/reports");
        let mut reports: Vec<String> = requests
            .into_iter()
            .skip(skip)
            .map(|request| request.body)
            .collect();
        reports.sort();
        reports
    }
}

fn document() -> Value {
    serde_json::from_slice(&std::fs::read(WORKFLOW).unwrap()).unwrap()
}

/// One report per customer with open orders.
fn check_reports(reports: &[String]) {
    assert_eq!(reports.len(), 3, "{reports:#?}");
    let text = reports.join("\n");
    for name in ["Ada Lovelace", "Grace Hopper", "Käthe Paulus"] {
        assert!(text.contains(name), "{text}");
    }
    assert_eq!(
        text.matches("express").count(),
        3,
        "three open orders are large: {text}"
    );
    assert_eq!(text.matches("\"post\"").count(), 3, "three are not: {text}");
}

#[test]
fn the_same_result_from_file_http_and_events() {
    let shop = Shop::open();
    let output = Command::new(env!("CARGO_BIN_EXE_monshyflow"))
        .args(["run", WORKFLOW, "--json", "--input"])
        .arg(shop.input().to_string())
        .args(["--allow-internal", &shop.internal, "--nodes"])
        .arg(nodes())
        .output()
        .unwrap();
    let printed = String::from_utf8(output.stdout).unwrap();
    assert!(
        output.status.success(),
        "{printed}\n{}",
        String::from_utf8_lossy(&output.stderr)
    );
    let from_file: Value = serde_json::from_str(printed.lines().last().unwrap()).unwrap();
    let of_file = shop.reports(0);
    check_reports(&of_file);

    let data = tempfile::tempdir().unwrap();
    let server = Server::start(data.path(), &["--allow-internal", &shop.internal]);
    let workflow = server.publish(&document());
    let from_http = server.run(&workflow, &shop.input());
    assert_eq!(from_http["status"], "succeeded", "{from_http}");
    assert_eq!(shop.reports(of_file.len()), of_file);
    assert_eq!(from_http["result"], from_file["result"]);

    let run = from_http["id"].as_str().unwrap();
    let events = server.events(run, 0);
    assert_eq!(events.last().unwrap()["type"], "run-succeeded");
    let sent = events
        .iter()
        .find(|event| event["type"] == "step-succeeded" && event["node"] == "send")
        .unwrap();
    let count: u64 = sent["outputs"]
        .as_array()
        .unwrap()
        .iter()
        .map(|port| port["count"].as_u64().unwrap())
        .sum();
    assert_eq!(count, 3);
    for after in 0..events.len() as u64 {
        let rest = server.events(run, after);
        assert_eq!(rest, events[after as usize..], "events after {after}");
    }
    // What the events name is what the others answered.
    let step = server.get(&format!("/api/runs/{run}/steps/send")).body;
    let ports = sent["outputs"].as_array().unwrap();
    let named = ports
        .iter()
        .map(|port| (port["port"].clone(), port["count"].clone()));
    let items = step["output"].as_array().unwrap().iter();
    let stored = items
        .clone()
        .map(|port| (port["port"].clone(), port["count"].clone()));
    assert!(named.eq(stored), "{sent} {step}");
    let items: Vec<&Value> = items.flat_map(|port| port["items"].as_array().unwrap()).collect();
    let result = from_http["result"].as_array().unwrap().iter();
    let result = result.filter(|left| left["node"] == "send report");
    let result: Vec<&Value> = result
        .flat_map(|left| left["items"].as_array().unwrap())
        .collect();
    assert_eq!(items, result);
    let ended = events.last().unwrap();
    assert_eq!(ended["seq"], events.len(), "{ended}");
}

#[test]
fn loopback_is_refused_unless_the_operator_allows_it() {
    let shop = Shop::open();
    let data = tempfile::tempdir().unwrap();
    let server = Server::start(data.path(), &[]);
    let workflow = server.publish(&document());
    let run = server.run(&workflow, &shop.input());
    assert_eq!(run["status"], "failed", "{run}");
    assert_eq!(run["error"]["code"], "denied", "{run}");
    assert!(
        run["error"]["message"].as_str().unwrap().contains("127.0.0.1"),
        "{run}"
    );
    assert!(
        shop.server.ledger().is_empty(),
        "a refused request reached the server"
    );
}
