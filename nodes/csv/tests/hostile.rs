//! CSV made to hurt: it ends in an answer or an error, never in a panic.

use monshyflow_sdk::testing::{Report, call_node};
use serde_json::{Map, Value, json};

fn read(csv: String, reading: Value) -> Report {
    let params = json!({ "source": "field", "reading": reading });
    call_node(csv_node::call, &params, &[json!({ "data": csv })])
}

fn code(report: &Report) -> &str {
    report
        .result
        .as_ref()
        .map_or_else(|error| error.code.as_str(), |_| "none")
}

#[test]
fn a_quote_that_is_never_closed_is_an_error() {
    let report = read(format!("a\n1\n\"{}", "x,\n".repeat(5_000_000)), json!({}));
    assert_eq!(code(&report), "invalid-csv");
    let message = report.result.unwrap_err().message;
    assert!(
        message.contains("from line 3") && message.contains("quote"),
        "{message}"
    );
}

#[test]
fn many_cells_are_an_error() {
    assert_eq!(code(&read(",".repeat(20_000), json!({}))), "invalid-csv");
    let fair = read(
        format!("{}\n{}", ",".repeat(16_000), ",".repeat(16_000)),
        json!({ "emptyCells": "omit" }),
    );
    assert_eq!(fair.output("main"), [json!({})]);
}

#[test]
fn many_rows_are_read_in_parts() {
    let csv = || format!("name\n{}", format!("{}\n", "x".repeat(100)).repeat(400_000));
    assert_eq!(code(&read(csv(), json!({}))), "too-many-rows");
    let part = read(csv(), json!({ "firstRow": 300_000, "maxRows": 5 }));
    assert_eq!(part.output("main").len(), 5);
}

#[test]
fn same_names_are_told_apart() {
    let report = read(
        format!("{}a\n{}1", "a,".repeat(2_000), "1,".repeat(2_000)),
        json!({}),
    );
    assert_eq!(report.output("main")[0].as_object().map(Map::len), Some(2_001));
}

#[test]
fn many_columns_are_an_error() {
    let item = |number: u32| json!({ format!("f{number}"): 1 });
    let items: Vec<Value> = (0..20_000).map(item).collect();
    let report = call_node(csv_node::call, &json!({ "operation": "write" }), &items);
    assert_eq!(code(&report), "too-many-columns");
}

#[test]
fn odd_bytes_are_cells() {
    let report = read(
        "a,b\r\r\n\u{0},\u{feff}\n\"x\"y,\"\"\"".to_owned(),
        json!({ "unevenRows": "fill" }),
    );
    assert_eq!(
        report.output("main"),
        [
            json!({ "a": "\u{0}", "b": "\u{feff}" }),
            json!({ "a": "xy", "b": "\"" })
        ]
    );
}
