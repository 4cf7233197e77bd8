//! `cargo xtask run`: from a clone to a server that has run its first workflow.

use std::path::PathBuf;
use std::process::ExitCode;

use anyhow::Result;

use crate::arguments::{Arguments, port};
use crate::places::Places;
use crate::server::{Options, Server};
use crate::{example, nodes, process, set_up};

const PORT: u16 = 8000;

/// # Errors
///
/// If something cannot be built, the port is taken, or the server ends by itself.
pub(crate) fn run(places: &Places, mut arguments: Arguments) -> Result<ExitCode> {
    let once = arguments.flag("--once");
    let port = arguments.value("--port")?.map_or(Ok(PORT), |text| port(&text))?;
    let data = arguments
        .value("--data")?
        .map_or_else(|| places.root.join("data"), PathBuf::from);
    let passed = arguments.finish()?;
    set_up::ensure()?;
    let dist = nodes::build(places)?;
    process::run(process::cargo(places).args(["build", "--package=monshyflow"]))?;
    let program = places.target.join("debug/monshyflow");
    let options = Options {
        port,
        data: std::path::absolute(data)?,
        nodes: dist,
        examples: places.root.join("examples"),
        passed,
    };
    let mut server = Server::start(&program, &options)?;
    server.wait_until_ready()?;
    let outcome = example::run(places, &server)?;
    if once {
        server.stop()?;
        return Ok(outcome);
    }
    println!(
        "\nServing at {}; the API's documentation is at {}/api/docs. Ctrl-C ends.",
        server.url(),
        server.url()
    );
    server.wait()
}
