//! Everything that a person types: `cargo xtask <command>`.
#![expect(
    clippy::print_stdout,
    clippy::print_stderr,
    reason = "a command line tool: it talks to the terminal"
)]

mod arguments;
mod bench;
mod child;
mod ci;
mod claim;
mod deny;
mod generated;
mod metadata;
mod nodes;
mod places;
mod process;
mod run;
mod set_up;
mod tidy;
mod wasi_toolchain;

use std::process::ExitCode;

use anyhow::{Result, bail};

use crate::arguments::Arguments;
use crate::places::Places;

const USAGE: &str = "\
cargo xtask <command>

  run [--once] [--port N] [--data DIR] [-- ARGS]
                      build nodes and server, start it on port 8000, run the example, keep serving
                      (--once: end after the example, with its exit code)
  test                everything that CI runs
  ci [--only STEP]    the same, or one step of it: `cargo xtask ci --list`
  nodes               build every node of nodes/ into components with their manifests
  tidy                crate edges, sizes, names, the map in ARCHITECTURE.md, wasmtime's features
  deny                licences, bans and sources of all dependencies (cargo-deny, installed once)
  advisories          known vulnerabilities of dependencies; fetches RustSec's database, so it is not part of CI
  bench [ARGS]        build the benchmarks in release mode and run them

Built files are kept in CARGO_TARGET_DIR or <user cache>/monshyflow, outside the clone.
";

fn main() -> ExitCode {
    let mut words = std::env::args().skip(1);
    let command = words.next().unwrap_or_default();
    match dispatch(&command, Arguments::new(words)) {
        Ok(code) => code,
        Err(error) => {
            eprintln!("xtask: {error:#}");
            ExitCode::FAILURE
        }
    }
}

fn dispatch(command: &str, arguments: Arguments) -> Result<ExitCode> {
    if matches!(command, "" | "help" | "-h" | "--help") {
        print!("{USAGE}");
        return Ok(ExitCode::SUCCESS);
    }
    let places = Places::find()?;
    claim::claim(&places)?;
    match command {
        "run" => return run::run(&places, arguments),
        "bench" => return bench::run(&places, arguments),
        "test" => {
            arguments.finish()?;
            ci::run(&places, &ci::Request::default())?;
        }
        "ci" => ci::run(&places, &ci::Request::parse(arguments)?)?,
        "nodes" => {
            arguments.finish()?;
            nodes::build(&places)?;
        }
        "tidy" => {
            arguments.finish()?;
            tidy::run(&places)?;
        }
        "deny" => {
            arguments.finish()?;
            deny::check(&places)?;
        }
        "advisories" => {
            arguments.finish()?;
            deny::advisories(&places)?;
        }
        unknown => bail!("unknown command `{unknown}`\n\n{USAGE}"),
    }
    Ok(ExitCode::SUCCESS)
}
