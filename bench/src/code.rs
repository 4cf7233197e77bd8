use std::process::Command;
use std::time::Instant;

use anyhow::{Context, Result, ensure};
use serde_json::{Value, json};

use crate::Args;
use crate::http_load::{Connection, post};
use crate::report::Report;
use crate::server::{Server, chain};

const NODES: usize = 40;
const ROUNDS: usize = 100;
const FIBO: &str = "const fibo = n => n < 2 ? n : fibo(n - 1) + fibo(n - 2);";
const PYTHON_FIBO: &str = "def fibo(n): return n if n < 2 else fibo(n - 1) + fibo(n - 2)";

/// A node type, and code of it that returns fibo of a number.
struct Language {
    kind: &'static str,
    code: fn(u32) -> String,
}

const JAVASCRIPT: Language = Language {
    kind: "code@1",
    code: |number| format!("{FIBO} return {{ fibo: fibo({number}) }};"),
};
const PYTHON: Language = Language {
    kind: "code-python@1",
    code: |number| format!("{PYTHON_FIBO}\nreturn {{'fibo': fibo({number})}}"),
};

/// Steps that compute in JavaScript, every one of them in the history and durable when the answer comes: many small ones, and
/// a few that take their time, beside the same JavaScript in Node.js.
pub(crate) async fn measure(args: &Args, report: &mut Report) -> Result<()> {
    println!("code: {NODES} code nodes that compute fibo(10), one run after the other");
    let data = tempfile::tempdir()?;
    let server = Server::start(args, data.path(), None).await?;
    let mut connection = Connection::open(&server.address).await?;
    let mean = small(&server, &mut connection, &JAVASCRIPT).await?;
    report.at_most("code, 40 x fibo(10), durable, mean of 100 runs", mean, "ms", 40.0);
    long(&server, &mut connection).await?;
    println!("code: the same in Python, without a goal");
    small(&server, &mut connection, &PYTHON).await?;
    let fastest = fastest(&server, &mut connection, &PYTHON).await?;
    println!("  10 x fibo(27), fastest of 3 runs: {fastest:.0} ms");
    Ok(())
}

/// Mean time of a run of many small steps, in milliseconds.
async fn small(server: &Server, connection: &mut Connection, language: &Language) -> Result<f64> {
    let mut times = times(server, connection, language, (10, NODES), 55, ROUNDS + 10).await?;
    times.drain(..10);
    let mean = times.iter().sum::<f64>() / times.len() as f64;
    times.sort_by(f64::total_cmp);
    println!(
        "  mean {mean:.2} ms, p50 {:.2} ms, p99 {:.2} ms",
        times[times.len() / 2],
        times[times.len() * 99 / 100]
    );
    Ok(mean)
}

/// Of runs of a few steps that take their time, in milliseconds.
async fn fastest(server: &Server, connection: &mut Connection, language: &Language) -> Result<f64> {
    let times = times(server, connection, language, (27, 10), 196_418, 3).await?;
    Ok(times.into_iter().fold(f64::INFINITY, f64::min))
}

/// No goal: how much slower than a compiler that translates while the program runs.
async fn long(server: &Server, connection: &mut Connection) -> Result<()> {
    let fastest = fastest(server, connection, &JAVASCRIPT).await?;
    println!("  10 x fibo(27), fastest of 3 runs: {fastest:.0} ms");
    match node_js()? {
        Some(there) => println!(
            "  the same in one process of Node.js: {there:.0} ms, so {:.1} times",
            fastest / there
        ),
        None => println!("  no comparison: there is no `node` on the path"),
    }
    Ok(())
}

/// Milliseconds of each run of a chain of nodes that compute fibo of the number.
async fn times(
    server: &Server,
    connection: &mut Connection,
    language: &Language,
    (number, nodes): (u32, usize),
    expected: u64,
    rounds: usize,
) -> Result<Vec<f64>> {
    let params = json!({ "code": (language.code)(number) });
    let name = format!("{nodes} x fibo({number}) in {}", language.kind);
    let runs = server
        .publish(&chain(&name, language.kind, &params, nodes))
        .await?;
    let request = post(&runs, &server.key, r#"{"input": {"a": 1}, "wait": true}"#);
    let mut times = Vec::new();
    for _ in 0..rounds {
        let started = Instant::now();
        let answer = connection.send(&request).await?;
        times.push(started.elapsed().as_secs_f64() * 1000.0);
        let text = String::from_utf8_lossy(&answer.body);
        ensure!(answer.status == 200, "{text}");
        let view: Value = serde_json::from_str(&text)?;
        ensure!(
            view["result"][0]["items"] == json!([{ "fibo": expected }]),
            "{text}"
        );
    }
    Ok(times)
}

/// Milliseconds of ten fibo(27), without the start of the process; none without a `node`.
fn node_js() -> Result<Option<f64>> {
    let script = format!(
        "{FIBO} const from = performance.now(); for (let i = 0; i < 10; i += 1) if (fibo(27) !== 196418) throw i; \
         console.log(performance.now() - from);"
    );
    let output = match Command::new("node").arg("-e").arg(script).output() {
        Ok(output) => output,
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => return Ok(None),
        Err(error) => return Err(error).context("cannot start node"),
    };
    ensure!(
        output.status.success(),
        "{}",
        String::from_utf8_lossy(&output.stderr)
    );
    Ok(Some(String::from_utf8(output.stdout)?.trim().parse()?))
}
