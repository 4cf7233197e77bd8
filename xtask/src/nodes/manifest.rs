use std::fs;
use std::path::Component;

use anyhow::{Context, Result, bail};
use monshyflow_manifest::{Example, Manifest, ManifestError, NodeToml, Parts, embed};
use serde::Deserialize;
use serde_json::Value;

use super::folder::NodeFolder;

/// What a node's types and cases say of it: its example `manifest` prints this, or its files hold it.
#[derive(Deserialize)]
pub(super) struct Description {
    pub(crate) parameters: Value,
    pub(crate) examples: Vec<Example>,
}

impl Description {
    /// # Errors
    ///
    /// If an example `manifest` printed something else.
    pub(super) fn parse(printed: &str) -> Result<Self> {
        serde_json::from_str(printed).context("its example `manifest` printed no description")
    }
}

/// The component with the manifest that its folder's files and its description make together.
///
/// # Errors
///
/// If the manifest is wrong: every fault of it.
pub(super) fn embedded(
    (node, name): (&NodeFolder, &str),
    component: &[u8],
    description: Description,
) -> Result<Vec<u8>> {
    let manifest = assemble(node, name, description).with_context(|| node.shown.clone())?;
    embed(component, &manifest).with_context(|| node.shown.clone())
}

fn assemble(node: &NodeFolder, name: &str, description: Description) -> Result<Manifest> {
    let file = NodeToml::parse(&read(node, "node.toml")?)?;
    if file.name != name {
        bail!(
            "node.toml names the node `{}`: call it `{name}`, as its folder or package",
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
fn read(node: &NodeFolder, file: &str) -> Result<String> {
    let inside = std::path::Path::new(file)
        .components()
        .all(|part| matches!(part, Component::Normal(_)));
    if !inside {
        bail!("`{file}` is not a file of this folder: write its name");
    }
    fs::read_to_string(node.path.join(file)).with_context(|| format!("cannot read `{file}`"))
}
