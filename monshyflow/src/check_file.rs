use std::io::Write;
use std::process::ExitCode;

use anyhow::Context;
use monshyflow_workflow::Severity;

use crate::assemble::{Folder, Host, local_tenant};
use crate::cli::CheckArgs;

/// Prints every problem of a file; the exit code is 2 if there is an error among them.
pub(crate) async fn check(args: CheckArgs, json: bool) -> anyhow::Result<ExitCode> {
    let body = std::fs::read(&args.file).with_context(|| format!("cannot read {}", args.file.display()))?;
    let folder = Folder::throw_away()?;
    let host = Host::assemble(&folder, &args.host, "http://localhost").await?;
    let problems = host.catalog.check(&local_tenant(), body.into()).await?;
    let mut out = std::io::stdout().lock();
    if json {
        writeln!(out, "{}", serde_json::to_string_pretty(&problems)?)?;
    } else {
        for problem in &problems {
            let severity = match problem.severity {
                Severity::Error => "error",
                Severity::Warning => "warning",
            };
            writeln!(
                out,
                "{severity}[{}] {}: {}",
                problem.code.as_str(),
                problem.pointer,
                problem.message
            )?;
        }
        if problems.is_empty() {
            writeln!(out, "{}: no problems", args.file.display())?;
        }
    }
    host.close().await;
    let wrong = problems.iter().any(|problem| problem.severity == Severity::Error);
    Ok(if wrong {
        ExitCode::from(2)
    } else {
        ExitCode::SUCCESS
    })
}
