use std::process::{Command, ExitCode};

use anyhow::{Context, Result};

use crate::places::Places;
use crate::process;
use crate::server::Server;

const WORKFLOW: &str = "examples/orders/workflow.json";

/// Runs the example and prints its steps live.
///
/// # Errors
///
/// If the program does not start. A run that failed is its exit code.
pub(crate) fn run(places: &Places, server: &Server) -> Result<ExitCode> {
    let mut command = Command::new(places.target.join("debug/monshyflow"));
    command
        .current_dir(&places.root)
        .args(["run", WORKFLOW])
        .arg("--nodes")
        .arg(places.dist());
    eprintln!(
        "\nxtask: the example, beside the server at {}\n$ {}",
        server.url(),
        process::line(&command)
    );
    let status = command.status().context("cannot start monshyflow")?;
    Ok(status
        .code()
        .and_then(|code| u8::try_from(code).ok())
        .map_or(ExitCode::FAILURE, ExitCode::from))
}
