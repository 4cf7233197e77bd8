use std::fs;
use std::path::PathBuf;
use std::process::Command;
use std::time::Instant;

use anyhow::{Context, Result, bail};

use crate::nodes::fingerprint::Fingerprint;
use crate::places::Places;
use crate::process;

/// What the lock file names, installed outside the clone, once for each lock file.
pub(super) struct Packages {
    /// `node_modules`.
    pub(crate) folder: PathBuf,
    /// Changes with the lock file.
    pub(crate) fingerprint: String,
}

impl Packages {
    /// # Errors
    ///
    /// If Node.js or npm is missing, or npm cannot install.
    pub(super) fn of(places: &Places) -> Result<Self> {
        let mut fingerprint = Fingerprint::new();
        for file in ["package.json", "package-lock.json"] {
            fingerprint.add_files(&places.evaluator().join(file))?;
        }
        let fingerprint = fingerprint.finish();
        let root = places.javascript().join(format!("packages-{fingerprint}"));
        if !root.is_dir() {
            ensure_node()?;
            install(places, &root)?;
        }
        Ok(Self {
            folder: root.join("node_modules"),
            fingerprint,
        })
    }

    /// Node.js, with these packages to import.
    pub(super) fn node(&self) -> Command {
        let mut node = Command::new("node");
        node.env("NODE_PATH", &self.folder);
        node
    }
}

/// Into another folder first: one that is there is whole.
fn install(places: &Places, root: &PathBuf) -> Result<()> {
    let began = Instant::now();
    eprintln!("xtask: installing the packages of host/expressions/javascript from npm, once");
    let partial = root.with_extension(format!("partial-{}", std::process::id()));
    fs::create_dir_all(&partial).with_context(|| format!("cannot make {}", partial.display()))?;
    for file in ["package.json", "package-lock.json"] {
        let from = places.evaluator().join(file);
        fs::copy(&from, partial.join(file)).with_context(|| format!("cannot copy {}", from.display()))?;
    }
    let mut npm = Command::new("npm");
    npm.current_dir(&partial).args([
        "ci",
        "--ignore-scripts",
        "--no-audit",
        "--no-fund",
        "--loglevel=error",
    ]);
    if let Err(error) = process::run(&mut npm) {
        let _ = fs::remove_dir_all(&partial);
        return Err(error.context("npm could not install the packages"));
    }
    if fs::rename(&partial, root).is_err() && !root.is_dir() {
        bail!("cannot move {} to {}", partial.display(), root.display());
    }
    // Somebody else may have been faster.
    let _ = fs::remove_dir_all(&partial);
    eprintln!("xtask: packages installed in {}", process::shown(began.elapsed()));
    Ok(())
}

fn ensure_node() -> Result<()> {
    for program in ["node", "npm"] {
        if !process::exists(program, &["--version"]) {
            bail!(
                "`{program}` is missing: nodes in JavaScript need Node.js with npm, as root: apt-get install -y --no-install-recommends nodejs npm"
            );
        }
    }
    Ok(())
}
