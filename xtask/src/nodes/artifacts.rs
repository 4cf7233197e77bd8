//! What cargo built, from its messages.

use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context, Result};
use serde::Deserialize;

use super::TARGET;
use super::inventory::{Crate, Workspace};
use crate::process;
use crate::wasi_toolchain::WasiToolchain;

/// A message of `--message-format=json`; of other kinds than `compiler-artifact` only the reason is there.
#[derive(Deserialize)]
struct Message {
    #[serde(default)]
    package_id: String,
    #[serde(default)]
    target: Option<BuiltTarget>,
    #[serde(default)]
    filenames: Vec<PathBuf>,
}

#[derive(Deserialize)]
struct BuiltTarget {
    kind: Vec<String>,
}

/// A file that cargo built, or found up to date.
pub(super) struct Artifact {
    pub(crate) package_id: String,
    pub(crate) file: PathBuf,
}

/// Components of all crates, for WebAssembly, optimised.
pub(super) fn components(
    workspace: Workspace<'_>,
    toolchain: &WasiToolchain,
    crates: &[Crate],
) -> Result<Vec<Artifact>> {
    let mut cargo = workspace.within(toolchain.cargo());
    cargo.args(["build", "--release", "--target", TARGET]);
    for one in crates {
        cargo.arg("--package").arg(&one.package);
    }
    build(&mut cargo, "cdylib")
}

/// The natively built examples of these crates.
pub(super) fn examples(workspace: Workspace<'_>, nodes: &[&Crate]) -> Result<Vec<Artifact>> {
    let mut cargo = workspace.within(process::cargo(workspace.places));
    cargo.arg("build");
    for node in nodes {
        cargo.arg("--package").arg(&node.package);
    }
    let mut names: Vec<&String> = nodes.iter().filter_map(|node| node.example.as_ref()).collect();
    names.dedup();
    for name in names {
        cargo.arg("--example").arg(name);
    }
    build(&mut cargo, "example")
}

pub(super) fn component_of<'a>(artifacts: &'a [Artifact], one: &Crate) -> Result<&'a Path> {
    let is_its = |artifact: &&Artifact| {
        artifact.package_id == one.id && artifact.file.extension().is_some_and(|e| e == "wasm")
    };
    let artifact = artifacts.iter().find(is_its);
    Ok(&artifact
        .with_context(|| format!("cargo built no component for {}", one.folder.shown))?
        .file)
}

fn build(cargo: &mut Command, kind: &str) -> Result<Vec<Artifact>> {
    cargo.arg("--message-format=json-render-diagnostics");
    let mut artifacts = Vec::new();
    for line in process::read(cargo)?.lines() {
        let message: Message = serde_json::from_str(line).with_context(|| format!("cargo wrote `{line}`"))?;
        if message
            .target
            .is_some_and(|target| target.kind.iter().any(|is| is == kind))
        {
            let package_id = message.package_id;
            let of_package = |file| Artifact {
                package_id: package_id.clone(),
                file,
            };
            artifacts.extend(message.filenames.into_iter().map(of_package));
        }
    }
    Ok(artifacts)
}
