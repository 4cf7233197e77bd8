use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::Instant;

use anyhow::{Context, Result, bail};

use crate::nodes::fingerprint::Fingerprint;
use crate::nodes::folder::NodeFolder;
use crate::places::Places;
use crate::{process, set_up};

/// What a node's `requirements.txt` names, installed outside the clone, once for each such file.
pub(super) struct Packages {
    /// A virtual environment.
    folder: PathBuf,
    /// Changes with the file.
    pub(crate) fingerprint: String,
}

impl Packages {
    /// # Errors
    ///
    /// If Python is missing, or pip cannot install.
    pub(super) fn of(places: &Places, node: &NodeFolder) -> Result<Self> {
        let requirements = node.path.join("requirements.txt");
        let mut fingerprint = Fingerprint::new();
        fingerprint.add_files(&requirements)?;
        let fingerprint = fingerprint.finish();
        let folder = places.python().join(format!("packages-{fingerprint}"));
        if !folder.is_dir() {
            install(&folder, &requirements).with_context(|| node.shown.clone())?;
        }
        Ok(Self { folder, fingerprint })
    }

    /// The program that makes components, with these packages to import.
    pub(super) fn componentize(&self) -> Command {
        // Scripts of a virtual environment know where it was made, so they do not outlive its move.
        let mut python = Command::new(self.folder.join("bin/python"));
        python
            .env("VIRTUAL_ENV", &self.folder)
            .args(["-c", "from componentize_py import script; script()"]);
        python
    }
}

/// Into another folder first: one that is there is whole.
fn install(folder: &Path, requirements: &Path) -> Result<()> {
    let began = Instant::now();
    eprintln!("xtask: installing the Python packages of a node from PyPI, once");
    if !process::exists("python3", set_up::VENV) {
        bail!(
            "`python3` with `venv` is missing: nodes in Python need it, as root: apt-get install -y --no-install-recommends python3 python3-venv"
        );
    }
    let partial = folder.with_extension(format!("partial-{}", std::process::id()));
    if let Err(error) = install_into(&partial, requirements) {
        let _ = fs::remove_dir_all(&partial);
        return Err(error);
    }
    if fs::rename(&partial, folder).is_err() && !folder.is_dir() {
        bail!("cannot move {} to {}", partial.display(), folder.display());
    }
    // Somebody else may have been faster.
    let _ = fs::remove_dir_all(&partial);
    eprintln!("xtask: packages installed in {}", process::shown(began.elapsed()));
    Ok(())
}

/// Nothing but what the file names, as it was when somebody looked at it, and nothing of it is run to install it.
fn install_into(folder: &Path, requirements: &Path) -> Result<()> {
    process::run(Command::new("python3").args(["-m", "venv"]).arg(folder))?;
    let mut pip = Command::new(folder.join("bin/python"));
    pip.args(["-m", "pip", "install", "--quiet", "--no-deps", "--require-hashes"])
        .args(["--only-binary=:all:", "--requirement"])
        .arg(requirements);
    process::run(&mut pip).context("pip could not install the packages")
}
