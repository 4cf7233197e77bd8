use std::process::ExitCode;

use anyhow::Result;

use crate::arguments::Arguments;
use crate::places::Places;
use crate::{nodes, process, set_up};

/// Builds the benchmarks and the server as they are shipped, and runs the benchmarks with the given arguments.
///
/// # Errors
///
/// If something cannot be built or the benchmarks fail.
pub(crate) fn run(places: &Places, arguments: Arguments) -> Result<ExitCode> {
    set_up::ensure()?;
    let dist = nodes::build(places)?;
    let mut build = process::cargo(places);
    build.args([
        "build",
        "--release",
        "--package=monshyflow-bench",
        "--package=monshyflow",
    ]);
    process::run(&mut build)?;
    let release = places.target.join("release");
    let mut bench = std::process::Command::new(release.join("monshyflow-bench"));
    bench
        .current_dir(&places.root)
        .arg("--monshyflow")
        .arg(release.join("monshyflow"));
    bench.arg("--nodes").arg(dist).args(arguments.into_passed());
    process::run(&mut bench)?;
    Ok(ExitCode::SUCCESS)
}
