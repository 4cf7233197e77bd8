use std::collections::BTreeMap;
use std::io::Write;

use futures::StreamExt;
use monshyflow_ids::{RunId, TenantId};
use monshyflow_runner::RunView;
use serde_json::Value;

use crate::assemble::Host;

/// Prints a run's events as they become durable, one line each, until the terminal one.
pub(crate) async fn print_events(
    host: &Host,
    tenant: &TenantId,
    run: RunId,
    json: bool,
) -> anyhow::Result<()> {
    let mut tail = host.journal.tail(tenant, run, 0).await?;
    let names = names(host, tenant, run).await?;
    while let Some(event) = tail.next().await {
        let event = event?;
        let mut out = std::io::stdout().lock();
        if json {
            writeln!(out, "{}", event.json)?;
        } else if let Some(line) = line(&serde_json::from_str(&event.json)?, &names) {
            writeln!(out, "{line}")?;
        }
    }
    Ok(())
}

/// Prints where the run ended and with what.
pub(crate) fn print_result(view: &RunView, json: bool) -> anyhow::Result<()> {
    let mut out = std::io::stdout().lock();
    if json {
        writeln!(out, "{}", serde_json::to_string(view)?)?;
        return Ok(());
    }
    writeln!(out, "run {} {}", view.id, view.status)?;
    for port in view.result.iter().flatten() {
        writeln!(out, "  {} -> {} ({} items)", port.node, port.port, port.count)?;
        for item in &port.items {
            writeln!(out, "    {item}")?;
        }
    }
    if let Some(error) = &view.error {
        let node = error.node.as_deref().unwrap_or("the run");
        writeln!(out, "  {node}: {} [{}]", error.message, error.code)?;
    }
    Ok(())
}

/// Node id to name; the history names ids because names may change.
async fn names(host: &Host, tenant: &TenantId, run: RunId) -> anyhow::Result<BTreeMap<String, String>> {
    Ok(host.runner.node_names(tenant, run).await?)
}

fn line(event: &Value, names: &BTreeMap<String, String>) -> Option<String> {
    let id = event["node"].as_str().unwrap_or_default();
    let node = names.get(id).map_or(id, String::as_str);
    let at = event["at"]
        .as_str()
        .and_then(|at| at.get(11..23))
        .unwrap_or_default();
    let text = match event["type"].as_str()? {
        "step-started" => return None,
        "run-requested" => "  run requested".to_owned(),
        "run-started" => "  run started".to_owned(),
        "step-succeeded" => {
            let wall = event["cost"]["wallMicros"].as_u64().unwrap_or(0) as f64 / 1000.0;
            format!("✓ {node:<24} {} {wall:>8.1} ms", counts(&event["outputs"]))
        }
        "step-failed" => {
            let then = if event["then"] == "retry" {
                ", will retry"
            } else {
                ""
            };
            format!(
                "✗ {node:<24} {}{then}",
                event["error"]["message"].as_str().unwrap_or("failed")
            )
        }
        "step-skipped" => format!("- {node:<24} skipped"),
        "log" => format!("  {node}: {}", event["message"].as_str().unwrap_or_default()),
        "progress" => return None,
        other => format!("  {}", other.replace('-', " ")),
    };
    Some(format!("{at} {text}"))
}

fn counts(outputs: &Value) -> String {
    let port = |output: &Value| {
        let name = output["port"].as_str().unwrap_or("?");
        format!("{name}: {}", output["count"].as_u64().unwrap_or(0))
    };
    let ports: Vec<String> = outputs.as_array().into_iter().flatten().map(port).collect();
    format!("{:<24}", ports.join(", "))
}
