//! cargo-deny: licences, fences between crates, sources, and on request known vulnerabilities.

use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::Instant;

use anyhow::{Context, Result};

use crate::places::Places;
use crate::process;

const VERSION: &str = "0.20.2";

/// Licences, bans and sources of every workspace, from what cargo has fetched.
///
/// # Errors
///
/// If a check fails or cargo-deny cannot be installed.
pub(crate) fn check(places: &Places) -> Result<()> {
    let cargo_deny = ensure(places)?;
    for workspace in places.workspaces() {
        // cargo-deny looks at the dependencies of every platform, more than a build has fetched.
        process::run(
            process::cargo(places)
                .args(["fetch", "--quiet", "--locked"])
                .current_dir(&workspace),
        )?;
        let mut command = cargo_deny_in(places, &cargo_deny, &workspace);
        command.args(["--offline", "check"]);
        if workspace != places.root {
            // The fences name crates that only the main workspace has.
            command.args(["--allow", "unused-wrapper"]);
        }
        process::run(command.args(["bans", "licenses", "sources"]))
            .with_context(|| format!("in {}", workspace.display()))?;
    }
    Ok(())
}

/// Known vulnerabilities; fetches RustSec's database from GitHub.
///
/// # Errors
///
/// If there is one, or the database cannot be fetched.
pub(crate) fn advisories(places: &Places) -> Result<()> {
    let cargo_deny = ensure(places)?;
    for workspace in places.workspaces() {
        let mut command = cargo_deny_in(places, &cargo_deny, &workspace);
        process::run(command.args(["check", "advisories"]))
            .with_context(|| format!("in {}", workspace.display()))?;
    }
    Ok(())
}

fn cargo_deny_in(places: &Places, program: &Path, workspace: &Path) -> Command {
    let mut command = Command::new(program);
    command
        .current_dir(workspace)
        .env("CARGO_TARGET_DIR", &places.target);
    command.arg("--config").arg(places.root.join("deny.toml"));
    process::without_own_package(&mut command);
    command
}

/// Installs it once, from crates.io.
fn ensure(places: &Places) -> Result<PathBuf> {
    let tools = places.tools();
    let program = tools.join("bin/cargo-deny");
    let wanted = format!("cargo-deny {VERSION}");
    if program.is_file() && process::read(Command::new(&program).arg("--version"))?.trim() == wanted {
        return Ok(program);
    }
    eprintln!(
        "xtask: installing {wanted} into {} (once, one to four minutes)",
        tools.display()
    );
    let started = Instant::now();
    let build = tools.join("build");
    let mut install = process::cargo(places);
    // It runs for a second, so the compiler need not try hard.
    install.envs([
        ("CARGO_PROFILE_RELEASE_OPT_LEVEL", "0"),
        ("CARGO_PROFILE_RELEASE_LTO", "off"),
        ("CARGO_PROFILE_RELEASE_DEBUG", "0"),
        ("CARGO_PROFILE_RELEASE_CODEGEN_UNITS", "64"),
    ]);
    // Away from the clone, whose configuration is not meant for it.
    install
        .current_dir(tools_folder(places)?)
        .env("CARGO_TARGET_DIR", &build);
    install.args(["install", "cargo-deny", "--locked", "--force", "--no-track"]);
    install
        .arg(format!("--version={VERSION}"))
        .arg("--root")
        .arg(&tools);
    process::run(&mut install).context("cargo-deny could not be installed")?;
    std::fs::remove_dir_all(&build).with_context(|| format!("cannot remove {}", build.display()))?;
    eprintln!(
        "xtask: {wanted} installed in {}",
        process::shown(started.elapsed())
    );
    Ok(program)
}

fn tools_folder(places: &Places) -> Result<PathBuf> {
    let tools = places.tools();
    std::fs::create_dir_all(&tools).with_context(|| format!("cannot make {}", tools.display()))?;
    Ok(tools)
}
