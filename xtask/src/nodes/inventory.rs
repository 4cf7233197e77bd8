use std::fs;
use std::path::{Path, PathBuf};

use anyhow::{Result, bail};

use crate::metadata::{Metadata, Package, Target};
use crate::places::Places;
use crate::process;

/// A crate of `nodes/` that becomes a component.
pub(super) struct Crate {
    /// Cargo's id of the package.
    pub(crate) id: String,
    pub(crate) package: String,
    pub(crate) folder: PathBuf,
    /// As people read it.
    pub(crate) shown: String,
    /// A guest for tests of the host, without a manifest: a folder whose name starts with `_`.
    pub(crate) is_probe: bool,
    /// The name of the example target `examples/manifest.rs`, which says what the types and cases know of the node.
    pub(crate) example: Option<String>,
}

/// # Errors
///
/// If cargo does not understand the workspace or it holds no component.
pub(super) fn read(places: &Places) -> Result<Vec<Crate>> {
    let mut cargo = process::cargo(places);
    cargo
        .current_dir(places.nodes())
        .env("CARGO_TARGET_DIR", places.nodes_target());
    let metadata = Metadata::read(cargo, &["--no-deps"])?;
    let mut crates: Vec<Crate> = metadata
        .packages
        .iter()
        .filter_map(|package| read_one(places, package))
        .collect();
    crates.sort_by(|a, b| a.folder.cmp(&b.folder));
    if crates.is_empty() {
        bail!("no crate in nodes/ has the crate type `cdylib`: nothing to build");
    }
    Ok(crates)
}

fn read_one(places: &Places, package: &Package) -> Option<Crate> {
    let is_component = |target: &Target| target.kind.iter().any(|kind| kind == "cdylib");
    if !package.targets.iter().any(is_component) {
        return None;
    }
    let folder = package.folder();
    let within = folder.strip_prefix(places.nodes()).unwrap_or(folder);
    let is_manifest = |target: &&Target| target.src_path == folder.join("examples/manifest.rs");
    Some(Crate {
        id: package.id.clone(),
        package: package.name.clone(),
        folder: folder.to_owned(),
        shown: places.shown(folder),
        is_probe: within.iter().any(|part| part.to_string_lossy().starts_with('_')),
        example: package
            .targets
            .iter()
            .find(is_manifest)
            .map(|target| target.name.clone()),
    })
}

impl Crate {
    /// The folder's name, which is the node's name too.
    pub(super) fn name(&self) -> String {
        self.folder
            .file_name()
            .unwrap_or_default()
            .to_string_lossy()
            .into_owned()
    }

    /// What a node needs beside its code and does not have.
    pub(super) fn faults(&self) -> Vec<String> {
        let mut faults = Vec::new();
        for (file, what) in [
            (
                "node.toml",
                "what the node is called, its ports and what it asks for",
            ),
            ("README.md", "its documentation"),
            ("icon.svg", "its icon"),
            (
                "examples/manifest.rs",
                "`monshyflow_sdk::manifest!(..)`, which prints the schema of its parameters",
            ),
        ] {
            if !self.folder.join(file).is_file() {
                faults.push(format!("{}: `{file}` is missing: {what}", self.shown));
            }
        }
        if !has_case(&self.folder.join("cases")) {
            let message = "no cases/*.json: a node without cases fails the build; write params, input and expected output of one call";
            faults.push(format!("{}: {message}", self.shown));
        }
        faults
    }
}

fn has_case(folder: &Path) -> bool {
    let Ok(entries) = fs::read_dir(folder) else {
        return false;
    };
    entries
        .flatten()
        .any(|entry| entry.path().extension().is_some_and(|ending| ending == "json"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_node_without_cases_fails() {
        let folder = std::env::temp_dir().join(format!("xtask-inventory-{}", std::process::id()));
        fs::create_dir_all(folder.join("cases")).unwrap();
        let node = Crate {
            id: "x".into(),
            package: "x".into(),
            shown: "nodes/x".into(),
            folder: folder.clone(),
            is_probe: false,
            example: None,
        };
        assert!(
            node.faults()
                .iter()
                .any(|fault| fault.contains("nodes/x: no cases/*.json"))
        );
        fs::write(folder.join("cases/first.json"), "{}").unwrap();
        assert!(!node.faults().iter().any(|fault| fault.contains("cases")));
        fs::remove_dir_all(folder).unwrap();
    }
}
