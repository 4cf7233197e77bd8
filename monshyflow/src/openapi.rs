use std::io::Write;
use std::process::ExitCode;

/// The document as it is committed in docs/openapi.json.
pub(crate) fn print() -> anyhow::Result<ExitCode> {
    let text = monshyflow_run_api::openapi().to_pretty_json()?;
    let mut out = std::io::stdout().lock();
    writeln!(out, "{text}")?;
    Ok(ExitCode::SUCCESS)
}
