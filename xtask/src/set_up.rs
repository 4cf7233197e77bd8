//! What the builds need beyond Rust. What is missing is installed from Debian's packages, and said.

use std::process::Command;

use anyhow::{Context, Result, bail};

use crate::process;

/// A program and the packages that bring it.
struct Need {
    program: &'static str,
    /// With these it succeeds, if it is as it must be.
    check: &'static [&'static str],
    packages: &'static [&'static str],
    why: &'static str,
}

const VERSION: &[&str] = &["--version"];
/// Of `node`: whether it is new enough for the packages of `host/expressions/javascript`.
const NODE_20: &[&str] = &[
    "-e",
    "process.exit(parseInt(process.versions.node) >= 20 ? 0 : 1)",
];
/// Of `python3`: whether it can make virtual environments, which Debian's does not do by itself.
pub(crate) const VENV: &[&str] = &["-c", "import ensurepip, venv"];

const NEEDS: &[Need] = &[
    Need {
        program: "cc",
        check: VERSION,
        packages: &["gcc", "libc6-dev"],
        why: "SQLite and the cryptography of TLS are C",
    },
    Need {
        program: "node",
        check: NODE_20,
        packages: &["nodejs"],
        why: "expressions and the Code node are built from JavaScript",
    },
    Need {
        program: "npm",
        check: VERSION,
        packages: &["npm"],
        why: "expressions and the Code node are built from JavaScript",
    },
    Need {
        program: "python3",
        check: VENV,
        packages: &["python3", "python3-venv"],
        why: "the Code node for Python is built from Python",
    },
];

/// # Errors
///
/// If something is missing and cannot be installed here.
pub(crate) fn ensure() -> Result<()> {
    let missing: Vec<&Need> = NEEDS
        .iter()
        .filter(|need| !process::exists(need.program, need.check))
        .collect();
    if missing.is_empty() {
        return Ok(());
    }
    for need in &missing {
        eprintln!(
            "xtask: `{}` is missing, too old or not whole ({})",
            need.program, need.why
        );
    }
    let packages: Vec<&str> = missing.iter().flat_map(|need| need.packages).copied().collect();
    install(&packages)?;
    match missing
        .iter()
        .find(|need| !process::exists(need.program, need.check))
    {
        Some(need) => bail!(
            "`{}` is still missing, too old or not whole: Debian's packages ({}) are not enough here; the README says what is needed",
            need.program,
            need.packages.join(", ")
        ),
        None => Ok(()),
    }
}

/// `rustfmt` and `clippy` come with rustup's toolchain; this project's scripts never ask rustup for anything.
///
/// # Errors
///
/// If one is missing: how to add it.
pub(crate) fn ensure_component(subcommand: &str, component: &str) -> Result<()> {
    if process::exists("cargo", VERSION) && process::exists(&format!("cargo-{subcommand}"), VERSION) {
        return Ok(());
    }
    bail!("`cargo {subcommand}` is missing: `rustup component add {component}`")
}

fn install(packages: &[&str]) -> Result<()> {
    let typed = format!(
        "apt-get update && apt-get install -y --no-install-recommends {}",
        packages.join(" ")
    );
    if !process::exists("apt-get", VERSION) {
        bail!(
            "this is not a Debian machine: install what Debian calls {}",
            packages.join(", ")
        );
    }
    let as_root: &[&str] = if is_root()? {
        &[]
    } else if process::exists("sudo", &["-nv"]) {
        &["sudo", "-n"]
    } else {
        bail!("installing needs root, and sudo asks for a password or is missing. As root: {typed}")
    };
    eprintln!("xtask: installing {}", packages.join(", "));
    process::run(&mut apt_get(as_root, &["update", "-q"]))?;
    process::run(apt_get(as_root, &["install", "-y", "-q", "--no-install-recommends"]).args(packages))
        .with_context(|| format!("try it by hand: {typed}"))
}

fn apt_get(as_root: &[&str], arguments: &[&str]) -> Command {
    let words = [as_root, &["apt-get"], arguments].concat();
    let mut command = Command::new(words[0]);
    command.args(&words[1..]).env("DEBIAN_FRONTEND", "noninteractive");
    command
}

fn is_root() -> Result<bool> {
    Ok(process::read(Command::new("id").arg("-u"))?.trim() == "0")
}
