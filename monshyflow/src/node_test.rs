use std::io::Write;
use std::path::Path;
use std::process::ExitCode;
use std::sync::Arc;

use anyhow::{Context, bail};
use futures::StreamExt;
use monshyflow_manifest::NodeToml;
use monshyflow_node_test::{NodeUnderTest, load_cases};
use monshyflow_sandbox::{CompileChild, Sandbox};
use serde::Serialize;
use tokio_util::task::AbortOnDropHandle;

use crate::assemble::{nodes_folder, user_cache};
use crate::cli::NodeTestArgs;
use crate::host_key::host_key;

/// Nodes whose cases run at the same time.
const AT_ONCE: usize = 4;
/// Where failures of examples come from.
const MANIFEST: &str = "manifest";

/// What came of the cases and examples of one node.
#[derive(Debug, Serialize)]
struct Report {
    node: String,
    cases: usize,
    examples: usize,
    /// Cases that send mail, which runs in the SDK's own tests alone.
    left_out: usize,
    failures: Vec<Failure>,
}

#[derive(Debug, Serialize)]
struct Failure {
    /// In the folder `cases`; `manifest` for an example.
    file: String,
    title: String,
    /// What came otherwise than expected, in words.
    differences: Vec<String>,
}

/// Runs the cases and the manifest's examples of each node in the sandbox; the exit code is 1 if one came out otherwise than
/// expected.
pub(crate) async fn test(args: NodeTestArgs, json: bool) -> anyhow::Result<ExitCode> {
    let components = nodes_folder(args.nodes.as_deref())?;
    let cache = args.cache.unwrap_or_else(user_cache);
    let sandbox = Sandbox::new(monshyflow_sandbox::Config {
        key: host_key(&cache.join("keys"))?,
        cache,
        compile: CompileChild::this_program(&["compile-component"])?,
        calls: 2 * AT_ONCE,
    })?;
    let folders = args.folders.into_iter().map(|folder| {
        let (sandbox, components) = (sandbox.clone(), components.clone());
        AbortOnDropHandle::new(tokio::spawn(async move {
            let report = test_node(&sandbox, &folder, &components).await;
            report.with_context(|| folder.display().to_string())
        }))
    });
    let done: Vec<_> = futures::stream::iter(folders).buffered(AT_ONCE).collect().await;
    let mut reports = Vec::new();
    let mut faults = Vec::new();
    for report in done {
        match report? {
            Ok(report) => reports.push(report),
            Err(fault) => faults.push(format!("{fault:#}")),
        }
    }
    print(&reports, json)?;
    if !faults.is_empty() {
        bail!("{}", faults.join("\n"));
    }
    let failed = reports.iter().any(|report| !report.failures.is_empty());
    Ok(if failed {
        ExitCode::FAILURE
    } else {
        ExitCode::SUCCESS
    })
}

async fn test_node(sandbox: &Sandbox, folder: &Path, components: &Path) -> anyhow::Result<Report> {
    let toml = folder.join("node.toml");
    let toml = std::fs::read_to_string(&toml).with_context(|| format!("cannot read {}", toml.display()))?;
    let name = NodeToml::parse(&toml)?.name;
    let cases = load_cases(folder)?;
    let component = components.join(format!("{name}.wasm"));
    let wasm = std::fs::read(&component).with_context(|| {
        format!(
            "cannot read {}; run `cargo xtask nodes` first",
            component.display()
        )
    })?;
    let node = NodeUnderTest::load(sandbox, wasm.into()).await;
    let node = Arc::new(node.with_context(|| format!("{} is no node", component.display()))?);
    let mut examples = node.examples(&cases);
    examples.retain(|example| example.mail.is_empty());
    let (mail, cases): (Vec<_>, Vec<_>) = cases.into_iter().partition(|(_, case)| !case.mail.is_empty());
    let mut report = Report {
        node: name,
        cases: cases.len(),
        examples: examples.len(),
        left_out: mail.len(),
        failures: Vec::new(),
    };
    let examples = examples.into_iter().map(|example| (MANIFEST.to_owned(), example));
    for (file, case) in cases.into_iter().chain(examples) {
        let differences = node.run(sandbox, &case).await;
        if !differences.is_empty() {
            report.failures.push(Failure {
                file,
                title: case.title,
                differences,
            });
        }
    }
    Ok(report)
}

fn print(reports: &[Report], json: bool) -> anyhow::Result<()> {
    let mut out = std::io::stdout().lock();
    if json {
        writeln!(out, "{}", serde_json::to_string_pretty(reports)?)?;
        return Ok(());
    }
    for Report { node, failures, .. } in reports {
        for Failure {
            file,
            title,
            differences,
        } in failures
        {
            writeln!(out, "{node}: {file}: {title}")?;
            for difference in differences {
                writeln!(out, "  {difference}")?;
            }
        }
    }
    for report in reports.iter().filter(|report| report.left_out > 0) {
        let Report { node, left_out, .. } = report;
        writeln!(out, "{node}: {left_out} cases send mail and were left out")?;
    }
    let sum = |count: fn(&Report) -> usize| reports.iter().map(count).sum::<usize>();
    writeln!(
        out,
        "{} nodes, {} cases, {} examples, {} failed",
        reports.len(),
        sum(|report| report.cases),
        sum(|report| report.examples),
        sum(|report| report.failures.len())
    )?;
    Ok(())
}
