use std::fs;
use std::path::{Path, PathBuf};

use anyhow::{Context, Result};

use crate::places::Places;

/// A folder of `nodes/`, in whatever language its node is written.
pub(super) struct NodeFolder {
    pub(crate) path: PathBuf,
    /// As people read it.
    pub(crate) shown: String,
}

impl NodeFolder {
    pub(super) fn new(places: &Places, path: &Path) -> Self {
        Self {
            path: path.to_owned(),
            shown: places.shown(path),
        }
    }

    /// Those that hold this file and no crate, by name.
    ///
    /// # Errors
    ///
    /// If `nodes/` cannot be listed.
    pub(super) fn marked_by(places: &Places, file: &str) -> Result<Vec<Self>> {
        let folder = places.nodes();
        let mut found = Vec::new();
        for entry in fs::read_dir(&folder).with_context(|| format!("cannot list {}", folder.display()))? {
            let path = entry?.path();
            if path.join(file).is_file() && !path.join("Cargo.toml").is_file() {
                found.push(Self::new(places, &path));
            }
        }
        found.sort_by(|a, b| a.path.cmp(&b.path));
        Ok(found)
    }

    /// The folder's name, which is the node's name too.
    pub(super) fn name(&self) -> String {
        self.path
            .file_name()
            .unwrap_or_default()
            .to_string_lossy()
            .into_owned()
    }

    /// What a node needs beside its code and does not have. `description` is the file that tells of its parameters.
    pub(super) fn faults(&self, description: &str, meaning: &str) -> Vec<String> {
        let mut faults = Vec::new();
        for (file, what) in [
            (
                "node.toml",
                "what the node is called, its ports and what it asks for",
            ),
            ("README.md", "its documentation"),
            ("icon.svg", "its icon"),
            (description, meaning),
        ] {
            if !self.path.join(file).is_file() {
                faults.push(format!("{}: `{file}` is missing: {what}", self.shown));
            }
        }
        if !has_case(&self.path.join("cases")) {
            let message = "no cases/*.json: a node without cases fails the build; write params, input and expected output of one call";
            faults.push(format!("{}: {message}", self.shown));
        }
        faults
    }
}

fn has_case(folder: &Path) -> bool {
    let Ok(entries) = fs::read_dir(folder) else {
        return false;
    };
    entries
        .flatten()
        .any(|entry| entry.path().extension().is_some_and(|ending| ending == "json"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_node_without_cases_fails() {
        let path = std::env::temp_dir().join(format!("xtask-folder-{}", std::process::id()));
        fs::create_dir_all(path.join("cases")).unwrap();
        let node = NodeFolder {
            shown: "nodes/x".into(),
            path: path.clone(),
        };
        let faults = || node.faults("parameters.json", "the schema of its parameters");
        assert!(
            faults()
                .iter()
                .any(|fault| fault.contains("nodes/x: no cases/*.json"))
        );
        fs::write(path.join("cases/first.json"), "{}").unwrap();
        assert!(!faults().iter().any(|fault| fault.contains("cases")));
        assert!(
            faults()
                .iter()
                .any(|fault| fault.contains("`parameters.json` is missing"))
        );
        fs::remove_dir_all(path).unwrap();
    }
}
