use std::collections::BTreeMap;
use std::process::Command;

use anyhow::{Context, Result};

use super::artifacts;
use super::inventory::{Crate, Workspace};
use crate::process;

/// Builds the example `manifest` of every node natively and runs it: what it prints, by the package's id.
///
/// # Errors
///
/// If one does not build, fails, or prints something that is not UTF-8.
pub(super) fn run_examples(workspace: Workspace<'_>, nodes: &[&Crate]) -> Result<BTreeMap<String, String>> {
    let mut printed = BTreeMap::new();
    for batch in batches(nodes) {
        let built = artifacts::examples(workspace, &batch)?;
        for node in batch {
            let example = built.iter().find(|artifact| artifact.package_id == node.id);
            let example = example
                .with_context(|| format!("cargo built no example `manifest` for {}", node.folder.shown))?;
            let text = process::read(Command::new(&example.file).current_dir(&node.folder.path));
            printed.insert(
                node.id.clone(),
                text.with_context(|| format!("the example `manifest` of {}", node.folder.shown))?,
            );
        }
    }
    Ok(printed)
}

/// Examples of the same name overwrite each other's file, so each batch holds a name once.
fn batches<'a>(nodes: &[&'a Crate]) -> Vec<Vec<&'a Crate>> {
    let mut batches: Vec<Vec<&Crate>> = Vec::new();
    for node in nodes {
        match batches
            .iter_mut()
            .find(|batch| batch.iter().all(|other| other.example != node.example))
        {
            Some(batch) => batch.push(node),
            None => batches.push(vec![node]),
        }
    }
    batches
}
