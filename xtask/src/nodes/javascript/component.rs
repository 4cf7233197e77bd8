use std::fs;
use std::path::PathBuf;
use std::time::Instant;

use anyhow::{Context, Result};

use super::fingerprint::Fingerprint;
use super::packages::Packages;
use crate::places::Places;
use crate::process;

/// Counts changes of the commands below.
const RECIPE: &str = "2";
/// Built components kept of each name: several clones share the folder.
const KEPT: usize = 4;

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
        let folder = places.javascript().join(source.name);
        let file = folder.join(format!("{}.wasm", fingerprint.finish()));
        if !file.is_file() {
            fs::create_dir_all(&folder).with_context(|| format!("cannot make {}", folder.display()))?;
            build(places, packages, source, &file)?;
            forget(&folder, &file)?;
        }
        Ok(Self { file })
    }
}

fn build(places: &Places, packages: &Packages, source: &Source<'_>, file: &PathBuf) -> Result<()> {
    let began = Instant::now();
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
    let partial = file.with_extension("partial");
    let mut componentize = packages.node();
    componentize
        .arg(packages.folder.join("componentize-qjs/cli.mjs"))
        .arg("--wit")
        .arg(&source.wit)
        .args(["--world", source.world, "--sync", "--js"])
        .arg(&bundle)
        .args(source.sealed.then_some("--stub-wasi"))
        .arg("--output")
        .arg(&partial);
    process::read(&mut componentize).context("componentize-qjs failed")?;
    fs::rename(&partial, file).with_context(|| format!("cannot write {}", file.display()))?;
    let size = fs::metadata(file)?.len();
    eprintln!(
        "xtask: {} built in {}, {:.1} MB",
        source.name,
        process::shown(began.elapsed()),
        size as f64 / 1e6
    );
    Ok(())
}

/// Removes all but the newest, and what they were bundled from.
fn forget(folder: &PathBuf, newest: &PathBuf) -> Result<()> {
    let mut built: Vec<_> = fs::read_dir(folder)
        .with_context(|| format!("cannot list {}", folder.display()))?
        .flatten()
        .map(|entry| entry.path())
        .filter(|path| path.extension().is_some_and(|ending| ending == "wasm") && path != newest)
        .collect();
    built.sort_by_key(|path| fs::metadata(path).and_then(|data| data.modified()).ok());
    let surplus = (built.len() + 1).saturating_sub(KEPT);
    for path in built.into_iter().take(surplus) {
        let _ = fs::remove_file(path.with_extension("js"));
        fs::remove_file(&path).with_context(|| format!("cannot remove {}", path.display()))?;
    }
    Ok(())
}
