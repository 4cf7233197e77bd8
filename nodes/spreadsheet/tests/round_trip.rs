//! What the node writes, it reads.

#![expect(clippy::unwrap_used, reason = "what is not so fails the test")]

use monshyflow_sdk::OutputItem;
mod base64;

use monshyflow_sdk::testing::{Case, Report, call_node, run_case};
use serde_json::{Value, json};

fn written(report: &Report) -> Vec<u8> {
    let outcome = report.result.as_ref().unwrap();
    let OutputItem::Created(item) = &outcome.outputs[0].1[0] else {
        panic!("not a new item")
    };
    assert_eq!(
        item.binary[0].media_type,
        "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
    );
    report.bytes(&item.binary[0]).to_vec()
}

fn check(write: Value, read: Value, items: &[Value], expected: Value) {
    let file = written(&call_node(spreadsheet::call, &write, items));
    let case: Case = serde_json::from_value(json!({
        "title": "", "params": read, "expect": { "main": expected },
        "input": { "main": [{ "$item": { "json": {}, "binary": { "data": { "base64": base64::encode(&file) } } } }] },
    }))
    .unwrap();
    run_case(spreadsheet::call, &case).unwrap();
}

#[test]
fn values_come_back() {
    let items = [
        json!({ "t": "ä <&> \"x\"\n=1+1 ", "n": -1.5, "big": 12_345_678_901_234_567_890_u64, "b": false, "z": null, "l": [1] }),
        json!({ "t": "=SUM(A1)", "n": 7, "o": { "x": { "y": true }, "e": {} } }),
    ];
    let expected = json!([
        { "t": "ä <&> \"x\"\n=1+1 ", "n": -1.5, "big": "12345678901234567890", "b": false, "l": "[1]" },
        { "t": "=SUM(A1)", "n": 7, "o.x.y": true, "o.e": "{}" },
    ]);
    check(json!({ "operation": "write" }), json!({}), &items, expected);
}

#[test]
fn options_of_writing() {
    let items = [json!({ "a": { "b": 1 }, "c": 2 })];
    check(
        json!({ "operation": "write", "header": false, "sheet": "Übersicht", "writing": { "columns": ["c", "a.b", "x"] } }),
        json!({ "header": false, "sheet": "Übersicht" }),
        &items,
        json!([{ "row": [2, 1] }]),
    );
    check(
        json!({ "operation": "write", "writing": { "flatten": false } }),
        json!({}),
        &items,
        json!([{ "a": "{\"b\":1}", "c": 2 }]),
    );
}

#[test]
fn the_same_run_gives_the_same_file() {
    let file = || {
        written(&call_node(
            spreadsheet::call,
            &json!({ "operation": "write" }),
            &[json!({ "a": 1 })],
        ))
    };
    assert_eq!(file(), file());
}

#[test]
fn too_much_is_refused() {
    let code = |items: &[Value]| {
        let report = call_node(spreadsheet::call, &json!({ "operation": "write" }), items);
        report
            .result
            .map_or_else(|error| error.code, |_| "none".to_owned())
    };
    assert_eq!(code(&[json!({ "a": "x".repeat(32_768) })]), "text-too-long");
    let columns: Vec<Value> = (0..20_000)
        .map(|number| json!({ format!("f{number}"): 1 }))
        .collect();
    assert_eq!(code(&columns), "too-many-columns");
    assert_eq!(code(&columns[..1_000]), "too-many-cells");
}
