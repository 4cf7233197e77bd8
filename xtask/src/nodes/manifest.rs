use std::fs;
use std::path::Component;

use anyhow::{Context, Result, bail};
use monshyflow_manifest::{Example, Manifest, ManifestError, NodeToml, Parts, embed};
use serde::Deserialize;
use serde_json::Value;

use super::inventory::Crate;

/// What a node's example `manifest` prints.
#[derive(Deserialize)]
struct Description {
    parameters: Value,
    examples: Vec<Example>,
}

/// The component with the manifest that its crate's files and its example make together.
///
/// # Errors
///
/// If the manifest is wrong: every fault of it.
pub(super) fn embedded(node: &Crate, component: &[u8], description: &str) -> Result<Vec<u8>> {
    let manifest = assemble(node, description).with_context(|| node.shown.clone())?;
    embed(component, &manifest).with_context(|| node.shown.clone())
}

fn assemble(node: &Crate, description: &str) -> Result<Manifest> {
    let file = NodeToml::parse(&read(node, "node.toml")?)?;
    let description: Description =
        serde_json::from_str(description).context("its example `manifest` printed no description")?;
    if file.name != node.name() {
        bail!(
            "node.toml names the node `{}`: call the folder the same",
            file.name
        );
    }
    let read_if_named = |file: &Option<String>| {
        file.as_ref()
            .map_or_else(|| Ok(String::new()), |file| read(node, file))
    };
    let parts = Parts {
        parameters: description.parameters,
        examples: description.examples,
        documentation: read_if_named(&file.documentation)?,
        icon: read_if_named(&file.icon)?,
    };
    match Manifest::from_parts(file, parts) {
        Ok(manifest) => Ok(manifest),
        Err(ManifestError { faults }) => {
            let lines: Vec<String> = faults.iter().map(|fault| format!("\n  {fault}")).collect();
            bail!("the manifest is wrong:{}", lines.concat())
        }
    }
}

/// A file of the node's folder.
fn read(node: &Crate, file: &str) -> Result<String> {
    let inside = std::path::Path::new(file)
        .components()
        .all(|part| matches!(part, Component::Normal(_)));
    if !inside {
        bail!("`{file}` is not a file of this folder: write its name");
    }
    fs::read_to_string(node.folder.join(file)).with_context(|| format!("cannot read `{file}`"))
}
