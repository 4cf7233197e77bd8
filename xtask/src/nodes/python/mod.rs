//! Components out of Python: the nodes of `nodes/` that have a `requirements.txt`.

mod component;
mod packages;

use anyhow::{Context, Result};

use super::described_by_files;
use super::dist::Dist;
use super::folder::NodeFolder;
use crate::places::Places;

/// Folders of nodes in Python, by name.
///
/// # Errors
///
/// If `nodes/` cannot be listed.
pub(super) fn nodes(places: &Places) -> Result<Vec<NodeFolder>> {
    NodeFolder::marked_by(places, "requirements.txt")
}

pub(super) fn faults(node: &NodeFolder) -> Vec<String> {
    node.faults("parameters.json", "the JSON Schema of its parameters")
}

/// # Errors
///
/// If one does not build, or its files say something wrong about it.
pub(super) fn build(places: &Places, nodes: &[NodeFolder], dist: &mut Dist) -> Result<()> {
    for node in nodes {
        let component = component::of(places, node).with_context(|| node.shown.clone())?;
        let description = described_by_files::read(node).with_context(|| node.shown.clone())?;
        dist.add_node(node, &component, description)?;
    }
    Ok(())
}
