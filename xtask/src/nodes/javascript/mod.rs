//! Components out of JavaScript: the nodes of `nodes/` that have a `package.json`, and the evaluator of expressions. All of them
//! share the packages that the evaluator's lock file names.

mod component;
mod packages;

use anyhow::{Context, Result};

use super::described_by_files;
use super::dist::Dist;
use super::folder::NodeFolder;
use crate::places::Places;
use component::{Component, Source};
use packages::Packages;

/// Folders of nodes in JavaScript, by name.
///
/// # Errors
///
/// If `nodes/` cannot be listed.
pub(super) fn nodes(places: &Places) -> Result<Vec<NodeFolder>> {
    NodeFolder::marked_by(places, "package.json")
}

pub(super) fn faults(node: &NodeFolder) -> Vec<String> {
    node.faults("parameters.json", "the JSON Schema of its parameters")
}

/// # Errors
///
/// If one does not build, or its files say something wrong about it.
pub(super) fn build(places: &Places, nodes: &[NodeFolder], dist: &mut Dist) -> Result<()> {
    let packages = Packages::of(places)?;
    let evaluator = Source {
        name: "expressions",
        entry: places.evaluator().join("src/evaluator.js"),
        wit: places.evaluator().join("wit"),
        world: "evaluator",
        sealed: true,
    };
    let component = Component::of(places, &packages, &evaluator, &[])?;
    dist.add_library(evaluator.name, &component.file)?;
    for node in nodes {
        let name = node.name();
        let source = Source {
            name: &name,
            entry: node.path.join("src/main.js"),
            wit: places.wit(),
            world: "node",
            // The host links WASI for every node, without effect.
            sealed: false,
        };
        let component = Component::of(places, &packages, &source, &[node.path.join("src")])
            .with_context(|| node.shown.clone())?;
        let description = described_by_files::read(node).with_context(|| node.shown.clone())?;
        dist.add_node(node, &component.file, description)?;
    }
    Ok(())
}
