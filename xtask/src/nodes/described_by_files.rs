use std::collections::BTreeMap;
use std::fs;
use std::path::Path;

use anyhow::{Context, Result};
use monshyflow_manifest::Example;
use serde::Deserialize;
use serde_json::{Value, json};

use super::folder::NodeFolder;
use super::manifest::Description;

/// What an example needs of a case; the rest is the business of tests.
#[derive(Deserialize)]
struct Case {
    title: String,
    #[serde(default)]
    example: bool,
    #[serde(default = "no_params")]
    params: Value,
    #[serde(default)]
    input: BTreeMap<String, Vec<Value>>,
    #[serde(default)]
    expect: BTreeMap<String, Vec<Value>>,
}

/// The schema in `parameters.json`, and those of `cases/*.json` that are marked as examples.
///
/// # Errors
///
/// If a file cannot be read or is not what it should be.
pub(super) fn read(node: &NodeFolder) -> Result<Description> {
    let mut examples = Vec::new();
    for case in cases(&node.path.join("cases"))?
        .into_iter()
        .filter(|case| case.example)
    {
        let plain = |items: Vec<Value>| items.into_iter().map(plain).collect::<Vec<_>>();
        examples.push(Example {
            title: case.title,
            params: case.params,
            input: case.input.into_values().next().map(plain).unwrap_or_default(),
            output: case
                .expect
                .into_iter()
                .map(|(port, items)| (port, plain(items)))
                .collect(),
        });
    }
    Ok(Description {
        parameters: parsed(&node.path.join("parameters.json"))?,
        examples,
    })
}

fn cases(folder: &Path) -> Result<Vec<Case>> {
    let mut files: Vec<_> = fs::read_dir(folder)
        .with_context(|| format!("cannot list {}", folder.display()))?
        .flatten()
        .map(|entry| entry.path())
        .filter(|path| path.extension().is_some_and(|ending| ending == "json"))
        .collect();
    files.sort();
    let mut cases = Vec::new();
    for file in files {
        match parsed(&file)? {
            list @ Value::Array(_) => cases.extend(case::<Vec<Case>>(list, &file)?),
            one => cases.push(case(one, &file)?),
        }
    }
    Ok(cases)
}

fn case<T: for<'de> Deserialize<'de>>(value: Value, file: &Path) -> Result<T> {
    serde_json::from_value(value)
        .with_context(|| format!("{} holds something that is no case", file.display()))
}

fn parsed(file: &Path) -> Result<Value> {
    let text = fs::read_to_string(file).with_context(|| format!("cannot read {}", file.display()))?;
    serde_json::from_str(&text).with_context(|| format!("{} is not JSON", file.display()))
}

/// The JSON of an item that a case gives with attachments or lineage, as `{"$item": {"json": ..}}`.
fn plain(item: Value) -> Value {
    match item.get("$item") {
        Some(full) => full.get("json").cloned().unwrap_or_else(|| json!({})),
        None => item,
    }
}

fn no_params() -> Value {
    json!({})
}
