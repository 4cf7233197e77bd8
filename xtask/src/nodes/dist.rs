use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};

use anyhow::{Context, Result};

use super::folder::NodeFolder;
use super::inventory::Crate;
use super::manifest::{self, Description};

/// Guests for tests of the host stand apart: the server takes every component of the folder above for a node.
const PROBES: &str = "_probe";
/// What the SDK shows to authors.
const FOR_AUTHORS: &str = "_sdk";
/// Components that are no nodes, for the server itself.
const LIBRARY: &str = "lib";

/// The folder of finished components.
pub(super) struct Dist {
    folder: PathBuf,
    kept: BTreeSet<PathBuf>,
    nodes: usize,
    probes: usize,
    changed: usize,
}

impl Dist {
    pub(super) fn open(folder: PathBuf) -> Result<Self> {
        for beside in [PROBES, FOR_AUTHORS, LIBRARY] {
            let beside = folder.join(beside);
            fs::create_dir_all(&beside).with_context(|| format!("cannot make {}", beside.display()))?;
        }
        Ok(Self {
            folder,
            kept: BTreeSet::new(),
            nodes: 0,
            probes: 0,
            changed: 0,
        })
    }

    pub(super) fn add_node(
        &mut self,
        node: &NodeFolder,
        component: &Path,
        description: Description,
    ) -> Result<()> {
        let bytes = manifest::embedded((node, &node.name()), &read(component)?, description)?;
        self.nodes += 1;
        self.put(self.folder.join(format!("{}.wasm", node.name())), &bytes)
    }

    pub(super) fn add_probe(&mut self, name: &str, component: &Path) -> Result<()> {
        self.probes += 1;
        self.put(
            self.folder.join(PROBES).join(format!("{name}.wasm")),
            &read(component)?,
        )
    }

    pub(super) fn add_for_authors(
        &mut self,
        node: &Crate,
        component: &Path,
        description: Description,
    ) -> Result<()> {
        let bytes = manifest::embedded((&node.folder, &node.package), &read(component)?, description)?;
        let name = format!("{}.wasm", node.package);
        self.put(self.folder.join(FOR_AUTHORS).join(name), &bytes)
    }

    pub(super) fn add_library(&mut self, name: &str, component: &Path) -> Result<()> {
        self.put(
            self.folder.join(LIBRARY).join(format!("{name}.wasm")),
            &read(component)?,
        )
    }

    /// Removes what is no longer built, and says what there is.
    pub(super) fn finish(self) -> Result<String> {
        let folders = [
            self.folder.clone(),
            self.folder.join(PROBES),
            self.folder.join(FOR_AUTHORS),
            self.folder.join(LIBRARY),
        ];
        for folder in folders {
            for entry in fs::read_dir(&folder).with_context(|| format!("cannot list {}", folder.display()))? {
                let path = entry?.path();
                if path.is_file() && !self.kept.contains(&path) {
                    fs::remove_file(&path).with_context(|| format!("cannot remove {}", path.display()))?;
                }
            }
        }
        let Self {
            nodes,
            probes,
            changed,
            ..
        } = self;
        Ok(format!(
            "{nodes} nodes and {probes} guests for tests, {changed} of them changed"
        ))
    }

    /// Written by rename, so that a server that starts meanwhile sees the old file or the new one.
    fn put(&mut self, path: PathBuf, bytes: &[u8]) -> Result<()> {
        if fs::read(&path).ok().as_deref() != Some(bytes) {
            let partial = path.with_extension("partial");
            fs::write(&partial, bytes).with_context(|| format!("cannot write {}", partial.display()))?;
            fs::rename(&partial, &path).with_context(|| format!("cannot write {}", path.display()))?;
            self.changed += 1;
        }
        self.kept.insert(path);
        Ok(())
    }
}

fn read(path: &Path) -> Result<Vec<u8>> {
    fs::read(path).with_context(|| format!("cannot read {}", path.display()))
}
