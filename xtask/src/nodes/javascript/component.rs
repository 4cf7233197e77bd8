use std::path::{Path, PathBuf};

use anyhow::{Context, Result};

use super::packages::Packages;
use crate::nodes::fingerprint::Fingerprint;
use crate::nodes::kept;
use crate::places::Places;
use crate::process;

/// Counts changes of the commands below.
const RECIPE: &str = "2";

/// What a component is made of.
pub(super) struct Source<'a> {
    pub(crate) name: &'a str,
    /// The module that exports what the world wants.
    pub(crate) entry: PathBuf,
    pub(crate) wit: PathBuf,
    pub(crate) world: &'a str,
    /// No import at all: what the engine would ask of WASI traps. The stubs for it are instances of their own, so every call pays
    /// for them.
    pub(crate) sealed: bool,
}

pub(super) struct Component {
    pub(crate) file: PathBuf,
}

impl Component {
    /// The component of `source`, built only if no other was made of the same. Everything in JavaScript may import the
    /// evaluator's source; `more` are further folders.
    ///
    /// # Errors
    ///
    /// If it does not build.
    pub(super) fn of(
        places: &Places,
        packages: &Packages,
        source: &Source<'_>,
        more: &[PathBuf],
    ) -> Result<Self> {
        let mut fingerprint = Fingerprint::new();
        fingerprint.add(RECIPE);
        fingerprint.add(&packages.fingerprint);
        let own = [
            places.evaluator().join("bundle.mjs"),
            places.evaluator().join("src"),
            source.wit.clone(),
        ];
        for path in own.iter().chain(more) {
            fingerprint.add_files(path)?;
        }
        let file = kept::component(&places.javascript(), source.name, &fingerprint.finish(), |file| {
            build(places, packages, source, file)
        })?;
        Ok(Self { file })
    }
}

fn build(places: &Places, packages: &Packages, source: &Source<'_>, file: &Path) -> Result<()> {
    eprintln!(
        "xtask: building {} out of {}",
        source.name,
        places.shown(&source.entry)
    );
    let bundle = file.with_extension("js");
    let mut bundler = packages.node();
    bundler
        .arg(places.evaluator().join("bundle.mjs"))
        .args([&source.entry, &bundle]);
    process::read(&mut bundler).context("bundling failed")?;
    let mut componentize = packages.node();
    componentize
        .arg(packages.folder.join("componentize-qjs/cli.mjs"))
        .arg("--wit")
        .arg(&source.wit)
        .args(["--world", source.world, "--sync", "--js"])
        .arg(&bundle)
        .args(source.sealed.then_some("--stub-wasi"))
        .arg("--output")
        .arg(file);
    process::read(&mut componentize).context("componentize-qjs failed")?;
    Ok(())
}
