use std::io::Write;
use std::process::ExitCode;

use anyhow::{Context, bail};
use bytes::Bytes;
use monshyflow_catalog::{Error as CatalogError, Which};
use monshyflow_runner::StartRequest;
use serde_json::value::RawValue;

use crate::assemble::{Folder, Host, local_tenant};
use crate::cli::RunArgs;
use crate::print_run::{print_events, print_result};
use crate::say;

/// Runs a workflow file in a store that is thrown away.
pub(crate) async fn run(args: RunArgs, json: bool) -> anyhow::Result<ExitCode> {
    let body = std::fs::read(&args.file).with_context(|| format!("cannot read {}", args.file.display()))?;
    let input = input(args.input.as_deref())?;
    let folder = Folder::throw_away()?;
    let host = Host::assemble(&folder, &args.host, "http://localhost").await?;
    let outcome = run_document(&host, body.into(), input, json).await;
    host.close().await;
    outcome
}

async fn run_document(
    host: &Host,
    body: Bytes,
    input: Option<Box<RawValue>>,
    json: bool,
) -> anyhow::Result<ExitCode> {
    let tenant = local_tenant();
    let draft = match host.catalog.create_workflow(&tenant, body, None).await {
        Err(CatalogError::Invalid(problems)) => return invalid(&problems, json),
        other => other?,
    };
    let request = StartRequest {
        which: Which::Draft,
        input,
        ..StartRequest::default_for(draft.id)
    };
    let started = match host.runner.start(&tenant, request).await {
        Err(monshyflow_runner::Error::Catalog(CatalogError::Invalid(problems))) => {
            return invalid(&problems, json);
        }
        other => other?,
    };
    tokio::select! {
        printed = print_events(host, &tenant, started.run, json) => printed?,
        _ = tokio::signal::ctrl_c() => {
            say("cancelling");
            host.runner.cancel(&tenant, started.run).await?;
        }
    }
    let view = host.runner.run(&tenant, started.run).await?;
    print_result(&view, json)?;
    Ok(if view.status == "succeeded" {
        ExitCode::SUCCESS
    } else {
        ExitCode::FAILURE
    })
}

fn invalid(problems: &[monshyflow_workflow::Problem], json: bool) -> anyhow::Result<ExitCode> {
    if json {
        writeln!(std::io::stdout(), "{}", serde_json::to_string_pretty(problems)?)?;
        return Ok(ExitCode::from(2));
    }
    for problem in problems {
        say(&format!(
            "[{}] {}: {}",
            problem.code.as_str(),
            problem.pointer,
            problem.message
        ));
    }
    Ok(ExitCode::from(2))
}

/// JSON of an argument, or of the file behind an `@`.
pub(crate) fn input(text: Option<&str>) -> anyhow::Result<Option<Box<RawValue>>> {
    let Some(text) = text else { return Ok(None) };
    let text = match text.strip_prefix('@') {
        Some(path) => {
            std::fs::read_to_string(path).with_context(|| format!("cannot read the input file {path}"))?
        }
        None => text.to_owned(),
    };
    match RawValue::from_string(text) {
        Ok(input) => Ok(Some(input)),
        Err(error) => bail!(
            "--input is not JSON: {error}; write for example --input '{{\"name\": \"Ada\"}}' or --input @file.json"
        ),
    }
}
