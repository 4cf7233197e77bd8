//! Benchmarks of the figures that the project promises, against its real binary and, where there is one, a comparison in the
//! same run. Start it with `cargo xtask bench`; name parts to run only those.
#![expect(clippy::print_stdout, reason = "a benchmark prints its figures")]

mod chain;
mod code;
mod expressions;
mod fresh_call;
mod http_load;
mod large_file;
mod large_list;
mod loops;
mod neighbours;
mod report;
mod server;
mod start_up;
mod sync_http;
mod waiting;

use anyhow::Result;
use clap::Parser;
use report::Report;

#[derive(Parser, Clone)]
struct Args {
    /// The release binary.
    #[arg(long)]
    monshyflow: std::path::PathBuf,
    /// Folder with the built nodes.
    #[arg(long)]
    nodes: std::path::PathBuf,
    /// Folder for compiled components, so that not every part compiles them anew; one of its own if absent.
    #[arg(long)]
    cache: Option<std::path::PathBuf>,
    /// `fresh-call`, `chain`, `throughput`, `sync-http`, `large-list`, `start-up`,
    /// `neighbours`, `expressions`, `code`, `loops`, `waiting`, `large-file`; all if none is named.
    parts: Vec<String>,
    /// Seconds of each measurement under load.
    #[arg(long, default_value_t = 10)]
    seconds: u64,
    /// Runs that wait in `waiting`.
    #[arg(long, default_value_t = 100_000)]
    waiting: usize,
    /// Size of the file in `large-file`.
    #[arg(long, default_value_t = 500)]
    file_mb: u64,
}

#[tokio::main]
async fn main() -> Result<()> {
    let mut args = Args::parse();
    let cache = tempfile::tempdir()?;
    args.cache.get_or_insert_with(|| cache.path().to_owned());
    let wanted = |part: &str| args.parts.is_empty() || args.parts.iter().any(|name| name == part);
    let mut report = Report::default();
    if wanted("fresh-call") {
        fresh_call::measure(&args, &mut report).await?;
    }
    if wanted("chain") {
        chain::durable_chain(&args, &mut report).await?;
    }
    if wanted("throughput") {
        chain::throughput(&args, &mut report).await?;
    }
    if wanted("sync-http") {
        sync_http::measure(&args, &mut report).await?;
    }
    if wanted("large-list") {
        large_list::measure(&args, &mut report)?;
    }
    if wanted("start-up") {
        start_up::measure(&args, &mut report).await?;
    }
    if wanted("neighbours") {
        neighbours::measure(&args, &mut report).await?;
    }
    if wanted("expressions") {
        expressions::measure(&args, &mut report).await?;
    }
    if wanted("code") {
        code::measure(&args, &mut report).await?;
    }
    if wanted("loops") {
        loops::measure(&args, &mut report).await?;
    }
    if wanted("waiting") {
        waiting::measure(&args, &mut report).await?;
    }
    if wanted("large-file") {
        large_file::measure(&args, &mut report).await?;
    }
    report.print();
    Ok(())
}
