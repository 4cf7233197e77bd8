//! The parts of `cargo metadata` that the checks look at.

use std::collections::BTreeMap;
use std::path::PathBuf;
use std::process::Command;

use anyhow::{Context, Result};
use serde::Deserialize;

use crate::process;

#[derive(Deserialize)]
pub(crate) struct Metadata {
    pub(crate) packages: Vec<Package>,
    pub(crate) workspace_members: Vec<String>,
    /// Absent without dependencies.
    pub(crate) resolve: Option<Resolve>,
}

#[derive(Deserialize)]
pub(crate) struct Package {
    pub(crate) name: String,
    pub(crate) id: String,
    pub(crate) manifest_path: PathBuf,
    pub(crate) targets: Vec<Target>,
    pub(crate) dependencies: Vec<Dependency>,
}

#[derive(Deserialize)]
pub(crate) struct Target {
    pub(crate) name: String,
    pub(crate) kind: Vec<String>,
    pub(crate) src_path: PathBuf,
}

#[derive(Deserialize)]
pub(crate) struct Dependency {
    pub(crate) name: String,
    /// `dev`, `build`, or nothing for an ordinary one.
    pub(crate) kind: Option<String>,
    /// Present for a package of this repository.
    pub(crate) path: Option<PathBuf>,
}

#[derive(Deserialize)]
pub(crate) struct Resolve {
    pub(crate) nodes: Vec<ResolvedPackage>,
}

#[derive(Deserialize)]
pub(crate) struct ResolvedPackage {
    pub(crate) id: String,
    pub(crate) features: Vec<String>,
}

impl Metadata {
    /// `command`: cargo, in the workspace's folder; `options`: such as `--no-deps`.
    ///
    /// # Errors
    ///
    /// If cargo refuses, as with `--locked` when Cargo.lock does not fit the manifests.
    pub(crate) fn read(mut command: Command, options: &[&str]) -> Result<Self> {
        command.args(["metadata", "--format-version=1"]).args(options);
        let text = process::read(&mut command)?;
        serde_json::from_str(&text).context("cargo metadata wrote something unexpected")
    }

    pub(crate) fn members(&self) -> impl Iterator<Item = &Package> {
        self.packages
            .iter()
            .filter(|package| self.workspace_members.contains(&package.id))
    }

    /// Features that are on in each version of the named package.
    pub(crate) fn features(&self, name: &str) -> Vec<&String> {
        let by_id: BTreeMap<&str, &[String]> = self
            .resolve
            .iter()
            .flat_map(|resolve| &resolve.nodes)
            .map(|node| (node.id.as_str(), node.features.as_slice()))
            .collect();
        let named = self.packages.iter().filter(|package| package.name == name);
        named
            .flat_map(|package| by_id.get(package.id.as_str()).copied().unwrap_or_default())
            .collect()
    }
}

impl Package {
    /// Where its Cargo.toml lies.
    pub(crate) fn folder(&self) -> &std::path::Path {
        self.manifest_path.parent().unwrap_or(&self.manifest_path)
    }
}
