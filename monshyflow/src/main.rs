//! The binary: reads arguments and environment, puts the parts together, and nothing more.

mod allocator;
mod assemble;
mod bootstrap_key;
mod check_file;
mod cli;
mod host_key;
mod import;
mod node_test;
mod openapi;
mod print_run;
mod run_file;
mod serve;

use std::process::ExitCode;

use clap::Parser;
use cli::{Cli, Command, NodeCommand};

/// What exit codes mean: 0 done, 1 the run failed, 2 wrong usage or input.
fn main() -> ExitCode {
    allocator::give_back_soon();
    let cli = Cli::parse();
    let outcome = match cli.command {
        Command::CompileComponent => return monshyflow_sandbox::compile_child_main(),
        Command::Openapi => openapi::print(),
        Command::Serve(args) => start_logging().and_then(|()| block_on(serve::serve(args, cli.json))),
        Command::Run(args) => block_on(run_file::run(args, cli.json)),
        Command::Node(NodeCommand::Test(args)) => block_on(node_test::test(args, cli.json)),
        Command::Check(args) => block_on(check_file::check(args, cli.json)),
    };
    outcome.unwrap_or_else(|error| {
        say(&format!("monshyflow: {error:#}"));
        ExitCode::from(2)
    })
}

fn block_on(task: impl Future<Output = anyhow::Result<ExitCode>>) -> anyhow::Result<ExitCode> {
    monshyflow_sandbox::answer_promptly();
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build()?;
    runtime.block_on(task)
}

fn start_logging() -> anyhow::Result<()> {
    use std::io::IsTerminal;

    use tracing_subscriber::EnvFilter;
    // Requests of nodes are in the runs' own logs; the operator asks for them with RUST_LOG.
    let filter = match EnvFilter::try_from_default_env() {
        Ok(filter) => filter,
        Err(_) => EnvFilter::try_new("info,monshyflow::egress=warn")?,
    };
    tracing_subscriber::fmt()
        .with_env_filter(filter)
        .with_ansi(std::io::stderr().is_terminal())
        .with_writer(std::io::stderr)
        .init();
    Ok(())
}

/// For people, beside the output that programs read.
#[expect(
    clippy::print_stderr,
    reason = "a command line program talks on standard error"
)]
fn say(line: &str) {
    eprintln!("{line}");
}
