use std::fs;
use std::path::Path;

use anyhow::{Context, Result};

/// Folders that hold nothing written here: built files, data, and contracts of others.
const SKIPPED: &[&str] = &["target", "node_modules", "data", "dist", ".git", "wit/deps"];

/// Endings of the files that people write.
const WRITTEN: &[&str] = &[
    "rs", "toml", "md", "wit", "sh", "json", "js", "ts", "tsx", "py", "go", "c", "h", "css", "html", "yml",
    "yaml", "sql",
];

/// A text file of the repository.
pub(super) struct SourceFile {
    /// From the root, with `/`.
    pub(crate) path: String,
    /// Empty for files that are not text by their ending; their names are checked all the same.
    pub(crate) text: String,
}

/// Every file below the root, in order of path.
///
/// # Errors
///
/// If one cannot be read or is not UTF-8.
pub(super) fn read_all(root: &Path) -> Result<Vec<SourceFile>> {
    let mut files = Vec::new();
    read_folder(root, "", &mut files)?;
    files.sort_by(|a, b| a.path.cmp(&b.path));
    Ok(files)
}

fn read_folder(root: &Path, folder: &str, files: &mut Vec<SourceFile>) -> Result<()> {
    let absolute = root.join(folder);
    for entry in fs::read_dir(&absolute).with_context(|| format!("cannot list {}", absolute.display()))? {
        let entry = entry?;
        let name = entry.file_name().to_string_lossy().into_owned();
        let path = if folder.is_empty() {
            name.clone()
        } else {
            format!("{folder}/{name}")
        };
        if SKIPPED.iter().any(|skipped| *skipped == name || *skipped == path) {
            continue;
        }
        let kind = entry.file_type()?;
        if kind.is_dir() {
            read_folder(root, &path, files)?;
        } else if kind.is_file() {
            let is_written = name
                .rsplit_once('.')
                .is_some_and(|(_, ending)| WRITTEN.contains(&ending));
            let text = if is_written {
                fs::read_to_string(root.join(&path)).with_context(|| format!("cannot read {path}"))?
            } else {
                String::new()
            };
            files.push(SourceFile { path, text });
        }
    }
    Ok(())
}

impl SourceFile {
    pub(super) fn is_rust(&self) -> bool {
        self.path.ends_with(".rs")
    }

    /// Integration tests; unit tests stand at the end of the file that they test.
    pub(super) fn is_test(&self) -> bool {
        self.path
            .split('/')
            .any(|part| matches!(part, "tests" | "tests.rs"))
    }

    pub(super) fn lines_without_tests(&self) -> impl Iterator<Item = &str> {
        let end = self
            .text
            .find("\n#[cfg(test)]\nmod ")
            .map_or(self.text.len(), |at| at + 1);
        self.text[..end].lines()
    }
}
