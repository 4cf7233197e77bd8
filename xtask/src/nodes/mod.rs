//! From the folders in `nodes/` to components that carry their manifests, and the component that evaluates expressions.

mod artifacts;
mod describe;
mod described_by_files;
mod dist;
mod fingerprint;
mod folder;
mod inventory;
mod javascript;
mod kept;
mod manifest;
mod python;

use std::path::PathBuf;
use std::time::Instant;

use anyhow::{Context, Result, bail};

use crate::places::Places;
use crate::process;
use crate::wasi_toolchain::WasiToolchain;
use dist::Dist;
use inventory::{Crate, Workspace};
use manifest::Description;

/// What components are built for.
const TARGET: &str = "wasm32-wasip2";

/// Builds every node into `<dist>/<name>.wasm` with its manifest, every guest of `nodes/_probe*` into
/// `<dist>/_probe/<name>.wasm` as it is, what the SDK shows to authors into `<dist>/_sdk/<name>.wasm`, and the evaluator of expressions into `<dist>/lib/expressions.wasm`. What did not change
/// is not built again.
///
/// # Errors
///
/// If a node does not build, lacks one of its files, or says something wrong about itself.
pub(crate) fn build(places: &Places) -> Result<PathBuf> {
    let started = Instant::now();
    let (nodes_root, sdk_root) = (places.nodes(), places.sdk());
    let workspace = Workspace {
        places,
        root: &nodes_root,
    };
    let crates = inventory::read(workspace)?;
    let nodes: Vec<&Crate> = crates.iter().filter(|one| !one.is_probe).collect();
    let in_javascript = javascript::nodes(places)?;
    let in_python = python::nodes(places)?;
    let faults: Vec<String> = nodes
        .iter()
        .flat_map(|node| node.faults())
        .chain(in_javascript.iter().flat_map(javascript::faults))
        .chain(in_python.iter().flat_map(python::faults))
        .collect();
    if !faults.is_empty() {
        bail!("{}", faults.join("\n"));
    }
    let toolchain = WasiToolchain::ensure(places)?;
    let components = artifacts::components(workspace, &toolchain, &crates)?;
    let descriptions = describe::run_examples(workspace, &nodes)?;
    let mut dist = Dist::open(places.dist())?;
    for one in &crates {
        let component = artifacts::component_of(&components, one)?;
        match descriptions.get(&one.id) {
            Some(printed) => {
                let description = Description::parse(printed).with_context(|| one.folder.shown.clone())?;
                dist.add_node(&one.folder, component, description)?;
            }
            None => dist.add_probe(&one.package, component)?,
        }
    }
    for_authors(
        Workspace {
            places,
            root: &sdk_root,
        },
        &toolchain,
        &mut dist,
    )?;
    javascript::build(places, &in_javascript, &mut dist)?;
    python::build(places, &in_python, &mut dist)?;
    let summary = dist.finish()?;
    eprintln!(
        "xtask: {summary}, in {} ({})",
        places.dist().display(),
        process::shown(started.elapsed())
    );
    Ok(places.dist())
}

/// The SDK's template and example, as their authors would build them.
fn for_authors(workspace: Workspace<'_>, toolchain: &WasiToolchain, dist: &mut Dist) -> Result<()> {
    let crates = inventory::read(workspace)?;
    let components = artifacts::components(workspace, toolchain, &crates)?;
    let descriptions = describe::run_examples(workspace, &crates.iter().collect::<Vec<_>>())?;
    for one in &crates {
        let printed = descriptions.get(&one.id);
        let printed = printed.with_context(|| format!("{} does not describe itself", one.folder.shown))?;
        let description = Description::parse(printed).with_context(|| one.folder.shown.clone())?;
        dist.add_for_authors(one, artifacts::component_of(&components, one)?, description)?;
    }
    Ok(())
}
