//! Runs that may keep little in memory: what they find must not depend on it.

use monshyflow_ids::RunId;
use monshyflow_runner::{Limits, StartRequest};
use serde_json::value::RawValue;
use serde_json::{Value, json};

use crate::document::{node, wait};
use crate::house::{HOUR, House, tenant};

const ITEMS: usize = 150;

fn little() -> Limits {
    Limits {
        run_memory: 1 << 20,
        ..Limits::default()
    }
}

/// 150 items of 8 KiB.
async fn start(house: &House, document: &Value) -> RunId {
    let workflow = house.publish(document).await;
    let text = "x".repeat(8 << 10);
    let items: Vec<Value> = (0..ITEMS)
        .map(|id| json!({ "id": id, "text": format!("{id}{text}") }))
        .collect();
    let request = StartRequest {
        input: Some(RawValue::from_string(json!(items).to_string()).unwrap()),
        ..StartRequest::default_for(workflow)
    };
    house.runner.start(&tenant(), request).await.unwrap().run
}

fn set(id: &str, fields: &[(&str, &str)]) -> Value {
    let fields: Vec<Value> = fields
        .iter()
        .map(|(name, value)| json!({ "name": name, "value": value }))
        .collect();
    node(id, "set@1", json!({ "fields": fields }))
}

fn edge(from: &str, to: &str) -> Value {
    let end = |text: &str| {
        let (node, port) = text.split_once('.').unwrap_or((text, "main"));
        json!({ "node": node, "port": port })
    };
    json!({ "from": end(from), "to": end(to) })
}

/// Two loops with a long wait between them. Steps look back at where items came from, and at what other steps put out.
fn two_loops() -> Value {
    let nodes = [
        node("start", "manual-trigger@1", json!({})),
        node("loop", "for-each@1", json!({ "concurrency": 3 })),
        set("mark", &[("mark", "{{ $('start').item.json.id }}")]),
        set("again", &[("again", "{{ $('mark').item.json.mark }}")]),
        wait("nap", HOUR.as_secs_f64()),
        node("batches", "loop-batches@1", json!({ "batchSize": 7 })),
        set(
            "back",
            &[
                ("back", "{{ $('mark').item.json.text }}"),
                ("text", "{{ $('again').item.json.mark }}"),
            ],
        ),
        set(
            "after",
            &[
                ("start", "{{ $('start').item.json.id }}"),
                ("first", "{{ $('start').first().json.id }}"),
                ("last", "{{ $('back').last().json.id }}"),
                ("tenth", "{{ $('loop').all()[9].json.again }}"),
                ("inside", "{{ $('mark').item.json.mark }}"),
                ("back", ""),
            ],
        ),
    ];
    let edges = [
        edge("start", "loop.in"),
        edge("loop.body", "mark"),
        edge("mark", "again"),
        edge("again", "loop.next"),
        edge("loop.done", "nap"),
        edge("nap", "batches.in"),
        edge("batches.body", "back"),
        edge("back", "batches.next"),
        edge("batches.done", "after"),
    ];
    json!({ "name": "spill", "nodes": nodes, "edges": edges })
}

async fn result(house: &House, run: RunId) -> Vec<Value> {
    let view = house.until(run, "succeeded").await;
    let result = view.result.unwrap();
    assert!(!result[0].truncated);
    let items = result[0].items.iter();
    items
        .map(|item| serde_json::from_str(item.get()).unwrap())
        .collect()
}

pub(crate) async fn changes_nothing_that_a_run_finds() {
    let expected: Vec<Value> = (0..ITEMS)
        .map(|id| {
            json!({
                "id": id, "text": id, "mark": id, "again": id, "back": "", "start": id, "first": 0, "last": ITEMS - 1,
                "tenth": 9, "inside": id,
            })
        })
        .collect();
    let mut objects = Vec::new();
    for limits in [Limits::default(), little()] {
        let house = House::with_limits(&[], limits).await;
        let run = start(&house, &two_loops()).await;
        house.until(run, "waiting").await;
        house.time.advance(HOUR);
        assert_eq!(result(&house, run).await, expected);
        objects.push(house.objects_of_runs());
    }
    assert!(objects[1] > objects[0], "nothing was spilled: {objects:?}");
}

/// Within a loop, and in a wait: whoever takes the run up has only the history, and spills anew.
pub(crate) async fn outlives_a_restart() {
    let mut house = House::with_limits(&[], little()).await;
    let run = start(&house, &two_loops()).await;
    house.until_step(run, "mark~100", "succeeded", 1).await;
    house.reopen().await;
    house.until(run, "waiting").await;
    house.reopen().await;
    house.time.advance(HOUR);
    house.until_step(run, "back~10", "succeeded", 1).await;
    house.reopen().await;
    for (id, item) in result(&house, run).await.iter().enumerate() {
        for field in ["id", "mark", "again", "start", "text", "inside"] {
            assert_eq!(item[field], id, "{field}: {item}");
        }
        assert_eq!(
            (&item["tenth"], &item["last"]),
            (&json!(9), &json!(ITEMS - 1)),
            "{item}"
        );
    }
}

pub(crate) async fn too_much_at_once_is_an_error() {
    let limits = Limits {
        all_at_once: 64 << 10,
        ..Limits::default()
    };
    let house = House::with_limits(&[], limits).await;
    for (second, code) in [
        (
            set("second", &[("n", "{{ $('start').all()[1].json.id }}")]),
            "parameters-too-large",
        ),
        (node("second", "for-each@1", json!({})), "input-too-large"),
    ] {
        let port = if code == "input-too-large" {
            "second.in"
        } else {
            "second"
        };
        let mut nodes = vec![node("start", "manual-trigger@1", json!({})), second];
        let mut edges = vec![edge("start", port)];
        if port == "second.in" {
            nodes.push(node("pass", "no-op@1", json!({})));
            edges.extend([edge("second.body", "pass"), edge("pass", "second.next")]);
        }
        let document = json!({ "name": "much", "nodes": nodes, "edges": edges });
        let run = start(&house, &document).await;
        let view = house.until(run, "failed").await;
        assert_eq!(view.error.unwrap().code, code);
    }
}
