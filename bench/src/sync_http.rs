use anyhow::Result;
use serde_json::json;

use crate::Args;
use crate::http_load::{load, post};
use crate::report::Report;
use crate::server::{Server, chain};

/// A synchronous run of one `set` node over HTTP with 25 connections, every run durable.
pub(crate) async fn measure(args: &Args, report: &mut Report) -> Result<()> {
    println!("sync-http: trigger and one set node, 25 connections");
    let data = tempfile::tempdir()?;
    let server = Server::start(args, data.path(), None).await?;
    let params = json!({"fields": [{"name": "greeting", "type": "string", "value": "hello"}]});
    let runs = server.publish(&chain("one set", "set@1", &params, 1)).await?;
    let request = post(&runs, &server.key, r#"{"input": {"a": 1}, "wait": true}"#);
    let cpu = server.cpu_ms()?;
    let load = load(&server.address, &request, 25, args.seconds).await?;
    let cpu = (server.cpu_ms()? - cpu) / ((args.seconds + 1) as f64 * 1000.0);
    println!("  p50 {:.2} ms, server used {cpu:.2} cores", load.p50_ms);
    report.at_least(
        "(d) synchronous runs of one set node",
        load.per_second,
        "1/s",
        3_000.0,
    );
    report.at_most("(d) p99", load.p99_ms, "ms", 25.0);
    println!(
        "  against n8n 2.41 (30 requests/s on such a machine): {:.0} times",
        load.per_second / 30.0
    );
    println!(
        "  against Node-RED, which stores nothing (7,700 requests/s): {:.2} times",
        load.per_second / 7_700.0
    );
    Ok(())
}
