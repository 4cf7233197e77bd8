use std::time::Instant;

use anyhow::{Result, ensure};
use serde_json::json;

use crate::Args;
use crate::http_load::{Connection, load, post};
use crate::report::Report;
use crate::server::{Server, chain};

/// Forty pure steps in a row, each in the history, durable when the answer comes; one client.
pub(crate) async fn durable_chain(args: &Args, report: &mut Report) -> Result<()> {
    println!("chain: 40 no-op steps, one run after the other");
    let data = tempfile::tempdir()?;
    let server = Server::start(args, data.path(), None).await?;
    let runs = server.publish(&chain("forty", "no-op@1", &json!({}), 40)).await?;
    let request = post(&runs, &server.key, r#"{"input": {"a": 1}, "wait": true}"#);
    let mut connection = Connection::open(&server.address).await?;
    let mut times = Vec::new();
    for round in 0..220 {
        let started = Instant::now();
        let answer = connection.send(&request).await?;
        ensure!(answer.status == 200, "{}", String::from_utf8_lossy(&answer.body));
        if round >= 20 {
            times.push(started.elapsed().as_secs_f64() * 1000.0);
        }
    }
    times.sort_by(f64::total_cmp);
    println!(
        "  p50 {:.2} ms, p99 {:.2} ms",
        times[times.len() / 2],
        times[times.len() * 99 / 100]
    );
    let mean = times.iter().sum::<f64>() / times.len() as f64;
    report.at_most("(b) 40 pure steps, durable, mean of 200 runs", mean, "ms", 10.0);
    Ok(())
}

/// Ten no-op steps on an item of 10 KiB, many runs at once.
pub(crate) async fn throughput(args: &Args, report: &mut Report) -> Result<()> {
    println!("throughput: 10 no-op steps, 10 KiB item, 25 connections");
    let data = tempfile::tempdir()?;
    let server = Server::start(args, data.path(), None).await?;
    let runs = server.publish(&chain("ten", "no-op@1", &json!({}), 10)).await?;
    let body = json!({"input": {"text": "x".repeat(10_000)}, "wait": true}).to_string();
    let load = load(
        &server.address,
        &post(&runs, &server.key, &body),
        25,
        args.seconds,
    )
    .await?;
    println!(
        "  {:.0} runs/s, p50 {:.1} ms, p99 {:.1} ms",
        load.per_second, load.p50_ms, load.p99_ms
    );
    // The trigger is a component as well.
    report.at_least(
        "(c) node executions, 10 KiB item",
        load.per_second * 11.0,
        "1/s",
        20_000.0,
    );
    Ok(())
}
