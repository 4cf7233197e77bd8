use std::fs;
use std::path::{Path, PathBuf};

use anyhow::{Context, Result};

use super::packages::Packages;
use crate::nodes::fingerprint::{self, Fingerprint};
use crate::nodes::folder::NodeFolder;
use crate::nodes::kept;
use crate::places::Places;
use crate::process;

/// Counts changes of the command below.
const RECIPE: &str = "1";

/// The component of a node in Python, built only if no other was made of the same. `src/main.py` is where it begins; `world.wit`
/// says what of `wit/` it uses.
///
/// # Errors
///
/// If it does not build.
pub(super) fn of(places: &Places, node: &NodeFolder) -> Result<PathBuf> {
    let packages = Packages::of(places, node)?;
    let mut fingerprint = Fingerprint::new();
    fingerprint.add(RECIPE);
    fingerprint.add(&packages.fingerprint);
    for path in [places.wit(), node.path.join("world.wit"), node.path.join("src")] {
        fingerprint.add_files(&path)?;
    }
    kept::component(&places.python(), &node.name(), &fingerprint.finish(), |file| {
        build(places, node, &packages, file)
    })
}

fn build(places: &Places, node: &NodeFolder, packages: &Packages, file: &Path) -> Result<()> {
    eprintln!(
        "xtask: building {} out of {}, which takes some 15 s",
        node.name(),
        node.shown
    );
    // Python leaves its bytecode beside what it reads.
    let sources = file.with_extension("src");
    copy(&node.path.join("src"), &sources)?;
    let mut componentize = packages.componentize();
    componentize
        .args(["--quiet", "--world", &format!("monshyflow:{0}/{0}", node.name())])
        .arg("--wit-path")
        .arg(places.wit())
        .arg("--wit-path")
        .arg(node.path.join("world.wit"))
        .args(["componentize", "main", "--python-path"])
        .arg(&sources)
        .arg("--output")
        .arg(file);
    let built = process::read(&mut componentize).context("componentize-py failed");
    fs::remove_dir_all(&sources).with_context(|| format!("cannot remove {}", sources.display()))?;
    built.map(drop)
}

fn copy(from: &Path, to: &Path) -> Result<()> {
    for file in fingerprint::files(from)? {
        let copy = to.join(file.strip_prefix(from)?);
        fs::create_dir_all(copy.parent().unwrap_or(to))?;
        fs::copy(&file, &copy).with_context(|| format!("cannot copy {}", file.display()))?;
    }
    Ok(())
}
