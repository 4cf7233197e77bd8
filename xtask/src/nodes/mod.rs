//! From the crates in `nodes/` to components that carry their manifests.

mod artifacts;
mod describe;
mod dist;
mod inventory;
mod manifest;

use std::path::PathBuf;
use std::time::Instant;

use anyhow::{Result, bail};

use crate::places::Places;
use crate::process;
use crate::wasi_toolchain::WasiToolchain;
use dist::Dist;
use inventory::Crate;

/// What components are built for.
const TARGET: &str = "wasm32-wasip2";

/// Builds every node into `<dist>/<name>.wasm` with its manifest, and every guest of `nodes/_probe*` into
/// `<dist>/_probe/<name>.wasm` as it is. What did not change is not built again.
///
/// # Errors
///
/// If a node does not build, lacks one of its files, or says something wrong about itself.
pub(crate) fn build(places: &Places) -> Result<PathBuf> {
    let started = Instant::now();
    let crates = inventory::read(places)?;
    let nodes: Vec<&Crate> = crates.iter().filter(|one| !one.is_probe).collect();
    let faults: Vec<String> = nodes.iter().flat_map(|node| node.faults()).collect();
    if !faults.is_empty() {
        bail!("{}", faults.join("\n"));
    }
    let toolchain = WasiToolchain::ensure(places)?;
    let components = artifacts::components(places, &toolchain, &crates)?;
    let descriptions = describe::run_examples(places, &nodes)?;
    let mut dist = Dist::open(places.dist())?;
    for one in &crates {
        let component = artifacts::component_of(&components, one)?;
        match descriptions.get(&one.id) {
            Some(description) => dist.add_node(one, component, description)?,
            None => dist.add_probe(one, component)?,
        }
    }
    let summary = dist.finish()?;
    eprintln!(
        "xtask: {summary}, in {} ({})",
        places.dist().display(),
        process::shown(started.elapsed())
    );
    Ok(places.dist())
}
