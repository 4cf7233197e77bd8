//! What `check` says of bad documents, as people read it.

mod support;

use insta::assert_snapshot;
use monshyflow_workflow::{Document, PortIndex, Problem, ProblemCode, Severity, check};
use serde_json::{Value, json};

use support::{document, edges, node, problems, run_check, types};

fn start() -> Value {
    node("Start", "manual-trigger", json!({}))
}

#[test]
fn a_good_document_becomes_a_graph() {
    let mut good = document(
        vec![
            start(),
            node(
                "Fetch",
                "http-request",
                json!({"url": "https://example.com/{{ $json.id }}"}),
            ),
            node("Check", "if", json!({})),
            node("Join", "merge", json!({})),
        ],
        "start > fetch, fetch > check, check.true > join.in-2, check.false > join.in-0, fetch.error > join.in-1",
    );
    good["nodes"][1]["settings"] = json!({"onError": "port", "retry": {"attempts": 3, "delayMs": 90_000}});
    good["pinned"] = json!({"fetch": {"main": [{"big": 1}]}});
    let workflow = run_check(&good).unwrap();
    assert_eq!(workflow.warnings, []);
    let fetch = workflow.by_name("Fetch").unwrap();
    assert!(workflow.node(fetch).params.depends_on_item());
    assert_eq!(workflow.node(fetch).settings.retry.max_delay_ms, 90_000);
    assert_eq!(workflow.pinned[&fetch][&PortIndex(0)][0].get(), r#"{"big":1}"#);
    let ports: Vec<_> = workflow
        .incoming(workflow.by_id("join").unwrap())
        .iter()
        .map(|edge| edge.to_port.0)
        .collect();
    assert_eq!(ports, [2, 0, 1]);
    let error_edge = workflow.outgoing(fetch)[1];
    assert_eq!(error_edge.from_port, workflow.node(fetch).node_type.error_port());
}

#[test]
fn nodes() {
    let mut bad = document(
        vec![
            start(),
            node("Fetch", "http-reqest", json!({})),
            node("Fetch", "set", json!({})),
            json!({"id": "start", "name": " ", "type": "set@2"}),
            json!({"id": "x", "name": "Odd", "type": "Set"}),
        ],
        "start > fetch",
    );
    bad["name"] = json!("");
    assert_snapshot!(problems(&bad));
}

#[test]
fn wiring() {
    let bad = document(
        vec![
            start(),
            node("A", "set", json!({})),
            node("Branch", "if", json!({})),
            node("Alone", "set", json!({})),
            node("Join", "merge", json!({})),
        ],
        "start > a, a > branch, a > branch, branch.tru > a, branch.error > a, A > branch, strat > a, a > join.in-3, a > start, \
         a.main > a.other",
    );
    assert_snapshot!(problems(&bad));
}

#[test]
fn circles() {
    let set = |name: &str| node(name, "set", json!({}));
    let bad = document(
        vec![
            start(),
            set("A"),
            set("B"),
            set("C"),
            set("D"),
            set("E"),
            set("Self"),
        ],
        "start > a, a > b, b > c, c > a, c > d, d > e, e > d, start > self, self > self",
    );
    assert_snapshot!(problems(&bad));
}

#[test]
fn no_trigger() {
    assert_snapshot!(problems(&document(vec![node("A", "set", json!({}))], "")));
    let mut disabled = document(vec![start(), node("A", "set", json!({}))], "start > a");
    disabled["nodes"][0]["disabled"] = json!(true);
    assert_snapshot!(problems(&disabled));
}

#[test]
fn parameters() {
    let request = |name: &str, params: Value| node(name, "http-request", params);
    let bad = document(
        vec![
            start(),
            request("Missing", json!({"methd": "GET"})),
            request("Wrong", json!({"url": "", "method": "PATCH", "retries": 9.5})),
            request("Body", json!({"url": "a", "body": {"kind": "json"}})),
            request("List", json!([])),
        ],
        "start > missing, start > wrong, start > body, start > list",
    );
    assert_snapshot!(problems(&bad));
}

#[test]
fn expressions_stand_for_any_value_at_their_place() {
    let request = |name: &str, params: Value| node(name, "http-request", params);
    let ok = document(
        vec![
            start(),
            request(
                "A",
                json!({"url": "{{ $json.a }}", "method": "{{ $json.a }}", "retries": "{{ $json.a }}"}),
            ),
            request("B", json!({"url": "x{{ $json.a }}", "body": "{{ $json.a }}"})),
            request(
                "C",
                json!({"url": "x", "body": {"kind": "{{ $json.a }}", "text": "x"}}),
            ),
            request(
                "D",
                json!({"url": "x", "body": {"kind": "{{ $json.a }}", "json": 1, "text": "x"}}),
            ),
        ],
        "start > a, start > b, start > c, start > d",
    );
    assert_eq!(problems(&ok), "");
    let bad = document(
        vec![
            start(),
            request("A", json!({"method": "{{ $json.a }}"})),
            request("B", json!({"url": "x", "retries": "{{ $json.a }} times"})),
            request(
                "C",
                json!({"url": "x", "body": {"kind": "{{ $json.a }}", "text": 1}}),
            ),
        ],
        "start > a, start > b, start > c",
    );
    assert_snapshot!(problems(&bad));
}

#[test]
fn expressions() {
    let bad = document(
        vec![
            start(),
            node("Other", "set", json!({})),
            node(
                "A",
                "set",
                json!({
                    "a": "{{ $json.name.toUpperCase() }}",
                    "b": ["text {{ $('Strat').first().json.id }}", "{{ }}", "{{ (1 }}"],
                    "c/d": "ä {{ $jsn.a ",
                    "e": "{{ $jsn.a }} {{ $('Strat').all().length * 2 }} {{ $node.Otherr.json.a.trim() }} {{ \"$('Not')\" }}",
                    "f": "{{ $node[\"Other\"].json.a }} {{ $('Start').item.json.a }} {{ $('A').first().json }}"
                }),
            ),
        ],
        "start > a, start > other",
    );
    assert_snapshot!(problems(&bad));
}

#[test]
fn credentials_and_grants() {
    let mut bad = document(
        vec![
            start(),
            node("A", "mail", json!({})),
            node("B", "mail", json!({})),
            node("Off", "mail", json!({})),
        ],
        "start > a, start > b, start > off",
    );
    bad["nodes"][1]["credentials"] =
        json!({"auth": "nonsense", "ath": "0190f5fe-7c00-7a00-8000-000000000000"});
    bad["nodes"][3]["disabled"] = json!(true);
    assert_snapshot!(problems(&bad));
}

#[test]
fn settings_and_pins() {
    let mut bad = document(vec![start(), node("A", "set", json!({}))], "start > a");
    bad["settings"] = json!({"timeZone": "Europe/", "timeoutMs": 0, "concurrency": 5000});
    bad["nodes"][1]["settings"] = json!({
        "timeoutMs": 100_000_000_000_u64,
        "retry": {"attempts": 0, "delayMs": 5000, "maxDelayMs": 10, "factorPercent": 50}
    });
    bad["pinned"] = json!({"b": {"main": []}, "a": {"mian": [], "main": [{}, 5]}});
    assert_snapshot!(problems(&bad));
}

#[test]
fn time_zones_are_those_of_the_database() {
    let with = |zone: &str| {
        let mut document = document(vec![start(), node("A", "set", json!({}))], "start > a");
        document["settings"] = json!({ "timeZone": zone });
        problems(&document)
    };
    for zone in ["UTC", "Europe/Berlin", "america/buenos_aires", "Etc/GMT-14"] {
        assert_eq!(with(zone), "", "{zone}");
    }
    for (zone, hint) in [
        ("Europe/Berln", ": did you mean `Europe/Berlin`?"),
        ("Not/AZone", " such as `Europe/Berlin`"),
        ("Factory", " such as `Europe/Berlin`"),
        ("CEST", ": did you mean `CET`?"),
        ("+02:00", " such as `Europe/Berlin`"),
    ] {
        let expected = format!(
            "error[settings-invalid] timeZone: `{zone}` is not an IANA time zone{hint} (at /settings/timeZone)"
        );
        assert_eq!(with(zone).trim_end(), expected);
    }
}

#[test]
fn a_disabled_node_may_be_half_done() {
    let mut document = document(
        vec![start(), node("A", "http-request", json!({"url": 5}))],
        "start > a",
    );
    document["nodes"][1]["disabled"] = json!(true);
    let workflow = run_check(&document).unwrap();
    assert_eq!(workflow.warnings.len(), 1);
    assert_eq!(workflow.warnings[0].severity, Severity::Warning);
}

#[test]
fn limits() {
    let many: Vec<_> = (0..2_001)
        .map(|n| node(&format!("n{n}"), "set", json!({})))
        .collect();
    assert_eq!(problems(&document(many, "")).lines().count(), 1);
    let lines: Vec<_> = (0..2_000)
        .map(|n| node(&format!("n{n}"), "nothing", json!({})))
        .collect();
    assert_eq!(run_check(&document(lines, "")).unwrap_err().len(), 1_001);

    let chain: Vec<_> = std::iter::once(start())
        .chain((1..2_000).map(|n| node(&format!("n{n}"), "set", json!({}))))
        .collect();
    let mut text = "start > n1".to_owned();
    (2..2_000).for_each(|n| text.push_str(&format!(", n{} > n{n}", n - 1)));
    let mut long = json!({"name": "Long", "nodes": chain, "edges": edges(&text)});
    assert_eq!(run_check(&long).unwrap().nodes.len(), 2_000);
    long["edges"]
        .as_array_mut()
        .unwrap()
        .extend(edges("n1999 > n1").as_array().unwrap().clone());
    assert_eq!(run_check(&long).unwrap_err().len(), 1);
}

#[test]
fn texts_that_are_no_documents() {
    let problem = |text: &[u8]| Problem::from(Document::parse(text).unwrap_err()).to_string();
    assert_snapshot!(
        [
            problem(b"{\"name\":\"\xff\"}"),
            problem(&[b'['; 10_000]),
            problem(&vec![b' '; (4 << 20) + 1]),
            problem(b"{\"name\":"),
            problem(br#"{"name":"a","nodes":[{"id":"a","id":"b"}]}"#),
            problem(br#"{"name":"a","nodes":[{"id":"a","name":"a","type":"set@1","paramz":{}}]}"#),
            problem(
                br#"{"name":"a","nodes":[{"id":"a","name":"a","type":"set@1","settings":{"onError":"go"}}]}"#
            ),
            problem(br#"{"name":"a","nodes":[],"edges":[{"from":{"node":"a"}}]}"#),
            problem(br#"{"name":"a","nodes":[],"edges":[{"from":"a","to":"b"}]}"#),
            problem(br#"{"name":"a","nodes":[],"pinned":{"a":{"main":[1e999]}}}"#),
        ]
        .join("\n")
    );
}

#[test]
fn big_numbers_in_parameters_stay_as_they_are() {
    let text = br#"{"name":"a","nodes":[{"id":"a","name":"a","type":"manual-trigger@1",
        "params":{"big": 12345678901234567890123, "x": "{{ $itemIndex }}"}}]}"#;
    let workflow = check(Document::parse(text).unwrap(), &types()).unwrap();
    assert!(format!("{:?}", workflow.nodes[0].params).contains("12345678901234567890123"));
}

#[test]
fn each_code_has_a_page() {
    let pages = concat!(env!("CARGO_MANIFEST_DIR"), "/../../docs/errors");
    for code in ProblemCode::ALL {
        let page = format!("{pages}/{code}.md");
        let text = std::fs::read_to_string(&page).unwrap_or_else(|error| panic!("{page}: {error}"));
        assert!(
            text.starts_with(&format!("# {code}\n")),
            "{page} begins with its code"
        );
    }
}

#[test]
fn flow_control() {
    let mut flow = document(vec![start(), node("Fetch", "set", json!({}))], "start > fetch");
    flow["settings"] = json!({ "flow": {
        "concurrency": { "limit": 3, "key": "{{ $json.customer }}" },
        "rate": { "limit": 10, "periodMs": 60_000 },
        "debounce": { "periodMs": 1, "key": "{{ $json.a.trim() }}/{{ $json.b }}" },
        "singleton": { "mode": "skip" },
    } });
    let settings = run_check(&flow).unwrap().settings.flow;
    assert_eq!(settings.concurrency.unwrap().limit, 3);
    assert!(settings.debounce.unwrap().key.has_javascript());
    assert_eq!(settings.rate.unwrap().key.constant(), Some("null"));

    flow["settings"] = json!({ "flow": {
        "concurrency": { "limit": 0, "key": "{{ $json.a" },
        "rate": { "limit": 100_001, "periodMs": 86_400_001, "key": "{{ $('Fetch').first().json.id }}" },
        "debounce": { "periodMs": 0, "key": "{{ $($json.node).first() }}" },
    } });
    let found = run_check(&flow).unwrap_err();
    let found: Vec<_> = found
        .iter()
        .map(|one| (one.code.as_str(), one.pointer.as_str()))
        .collect();
    let expected = [
        ("settings-invalid", "/settings/flow/concurrency/limit"),
        ("expression-syntax", "/settings/flow/concurrency/key"),
        ("settings-invalid", "/settings/flow/rate/limit"),
        ("settings-invalid", "/settings/flow/rate/periodMs"),
        ("settings-invalid", "/settings/flow/rate/key"),
        ("settings-invalid", "/settings/flow/debounce/periodMs"),
        ("settings-invalid", "/settings/flow/debounce/key"),
    ];
    assert_eq!(found, expected);

    for wrong in [
        json!({ "limits": {} }),
        json!({ "singleton": { "mode": "wait" } }),
        json!({ "rate": { "limit": 1 } }),
    ] {
        flow["settings"] = json!({ "flow": wrong });
        assert!(Document::parse(flow.to_string().as_bytes()).is_err(), "{wrong}");
    }
}
