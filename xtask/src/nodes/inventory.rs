use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Result, bail};

use super::folder::NodeFolder;
use crate::metadata::{Metadata, Package, Target};
use crate::places::Places;
use crate::process;

/// A workspace with crates that become components.
#[derive(Clone, Copy)]
pub(super) struct Workspace<'a> {
    pub(crate) places: &'a Places,
    pub(crate) root: &'a Path,
}

impl Workspace<'_> {
    /// A cargo that works in it.
    pub(super) fn within(self, mut cargo: Command) -> Command {
        let target: PathBuf = self.places.nodes_target();
        cargo.current_dir(self.root).env("CARGO_TARGET_DIR", target);
        cargo
    }
}

/// A crate that becomes a component.
pub(super) struct Crate {
    /// Cargo's id of the package.
    pub(crate) id: String,
    pub(crate) package: String,
    pub(crate) folder: NodeFolder,
    /// A guest for tests of the host, without a manifest: a folder whose name starts with `_`.
    pub(crate) is_probe: bool,
    /// The name of the example target `examples/manifest.rs`, which says what the types and cases know of the node.
    pub(crate) example: Option<String>,
}

/// # Errors
///
/// If cargo does not understand the workspace or it holds no component.
pub(super) fn read(workspace: Workspace<'_>) -> Result<Vec<Crate>> {
    let cargo = workspace.within(process::cargo(workspace.places));
    let metadata = Metadata::read(cargo, &["--no-deps"])?;
    let mut crates: Vec<Crate> = metadata
        .packages
        .iter()
        .filter_map(|package| read_one(workspace, package))
        .collect();
    crates.sort_by(|a, b| a.folder.path.cmp(&b.folder.path));
    if crates.is_empty() {
        let folder = workspace.places.shown(workspace.root);
        bail!("no crate in {folder} has the crate type `cdylib`: nothing to build");
    }
    Ok(crates)
}

fn read_one(workspace: Workspace<'_>, package: &Package) -> Option<Crate> {
    let is_component = |target: &Target| target.kind.iter().any(|kind| kind == "cdylib");
    if !package.targets.iter().any(is_component) {
        return None;
    }
    let folder = package.folder();
    let within = folder.strip_prefix(workspace.root).unwrap_or(folder);
    let is_manifest = |target: &&Target| target.src_path == folder.join("examples/manifest.rs");
    Some(Crate {
        id: package.id.clone(),
        package: package.name.clone(),
        folder: NodeFolder::new(workspace.places, folder),
        is_probe: within.iter().any(|part| part.to_string_lossy().starts_with('_')),
        example: package
            .targets
            .iter()
            .find(is_manifest)
            .map(|target| target.name.clone()),
    })
}

impl Crate {
    /// What a node needs beside its code and does not have.
    pub(super) fn faults(&self) -> Vec<String> {
        self.folder.faults(
            "examples/manifest.rs",
            "`monshyflow_sdk::manifest!(..)`, which prints the schema of its parameters",
        )
    }
}
