use std::time::Instant;

use anyhow::{Result, ensure};
use serde_json::{Value, json};

use crate::Args;
use crate::http_load::{Connection, post};
use crate::report::Report;
use crate::server::{Server, document, edge, node};

const ITEMS: usize = 10_000;
const ROUNDS: usize = 1_000;

/// Rounds of loops, every step of every round in the history and durable when the answer comes.
pub(crate) async fn measure(args: &Args, report: &mut Report) -> Result<()> {
    println!("loops: for each of {ITEMS} items two nodes; {ROUNDS} rounds of a while loop");
    let data = tempfile::tempdir()?;
    let server = Server::start(args, data.path(), None).await?;
    let items: Vec<Value> = (0..ITEMS).map(|id| json!({ "id": id })).collect();
    let mut seconds = Vec::new();
    for concurrency in [1, 8] {
        let runs = server.publish(&for_each(concurrency, "{{ $json.id }}")).await?;
        let (time, view) = run(&server, &runs, &json!(items)).await?;
        let result = &view["result"][0];
        ensure!(result["count"] == ITEMS, "{} items are left", result["count"]);
        let last = json!({ "id": ITEMS - 1, "first": ITEMS - 1, "second": "x" });
        ensure!(
            result["items"][ITEMS - 1] == last,
            "{}",
            result["items"][ITEMS - 1]
        );
        seconds.push(time);
    }
    println!("  eight rounds at a time: {:.2} s", seconds[1]);
    report.at_most("loops, for-each, 10,000 items, two nodes", seconds[0], "s", 3.0);
    let back = for_each(1, "{{ $('start').item.json.id }}");
    let (time, _) = run(&server, &server.publish(&back).await?, &json!(items)).await?;
    println!("  one node with `$('start').item`: {time:.2} s");
    let runs = server.publish(&while_loop(None)).await?;
    let (time, view) = run(&server, &runs, &json!({ "n": 0 })).await?;
    let left = &view["result"][0]["items"];
    ensure!(*left == json!([{ "n": ROUNDS }]), "{left}");
    println!(
        "  while, condition and body in JavaScript: {:.2} ms a round",
        time * 1e3 / ROUNDS as f64
    );
    let back = while_loop(Some("{{ $('start').item.json.n }}"));
    let (time, view) = run(&server, &server.publish(&back).await?, &json!({ "n": 0 })).await?;
    let left = &view["result"][0]["items"];
    ensure!(*left == json!([{ "n": ROUNDS, "from": 0 }]), "{left}");
    println!(
        "  the same with `$('start').item`: {:.2} ms a round",
        time * 1e3 / ROUNDS as f64
    );
    Ok(())
}

/// Seconds, and what became of the run.
async fn run(server: &Server, runs: &str, input: &Value) -> Result<(f64, Value)> {
    let mut connection = Connection::open(&server.address).await?;
    let body = json!({ "input": input, "wait": true, "timeoutMs": 300_000 });
    let request = post(runs, &server.key, &body.to_string());
    let started = Instant::now();
    let answer = connection.send(&request).await?;
    let seconds = started.elapsed().as_secs_f64();
    let text = String::from_utf8_lossy(&answer.body);
    let start: String = text.chars().take(1_000).collect();
    ensure!(answer.status == 200, "{start}");
    let view: Value = serde_json::from_str(&text)?;
    ensure!(view["status"] == "succeeded", "{start}");
    Ok((seconds, view))
}

fn for_each(concurrency: u32, first: &str) -> Value {
    let field = |name: &str, value: &str| json!({ "fields": [{ "name": name, "value": value }] });
    document(
        "for each",
        &[
            node("start", "manual-trigger@1", &json!({})),
            node("loop", "for-each@1", &json!({ "concurrency": concurrency })),
            node("first", "set@1", &field("first", first)),
            node("second", "set@1", &field("second", "x")),
            node("after", "no-op@1", &json!({})),
        ],
        &[
            edge("start", "main", "loop", "in"),
            edge("loop", "body", "first", "main"),
            edge("first", "main", "second", "main"),
            edge("second", "main", "loop", "next"),
            edge("loop", "done", "after", "main"),
        ],
    )
}

fn while_loop(from: Option<&str>) -> Value {
    let condition = format!("{{{{ $json.n < {ROUNDS} }}}}");
    let mut fields = vec![json!({ "name": "n", "type": "number", "value": "{{ $json.n + 1 }}" })];
    fields.extend(from.map(|from| json!({ "name": "from", "value": from })));
    let add = json!({ "fields": fields });
    document(
        "while",
        &[
            node("start", "manual-trigger@1", &json!({})),
            node(
                "loop",
                "while@1",
                &json!({ "condition": condition, "maxRounds": ROUNDS }),
            ),
            node("add", "set@1", &add),
            node("after", "no-op@1", &json!({})),
        ],
        &[
            edge("start", "main", "loop", "in"),
            edge("loop", "body", "add", "main"),
            edge("add", "main", "loop", "next"),
            edge("loop", "done", "after", "main"),
        ],
    )
}
