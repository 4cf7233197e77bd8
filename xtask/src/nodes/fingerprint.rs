use std::fs;
use std::hash::{DefaultHasher, Hash, Hasher};
use std::path::{Path, PathBuf};

use anyhow::{Context, Result};

/// Tells whether what something is made of has changed. It guards against forgetting, not against malice: what the host runs is
/// known by SHA-256.
pub(super) struct Fingerprint(DefaultHasher);

impl Fingerprint {
    pub(super) fn new() -> Self {
        Self(DefaultHasher::new())
    }

    pub(super) fn add(&mut self, text: &str) {
        text.hash(&mut self.0);
    }

    /// A file, or all files of a folder with their names.
    ///
    /// # Errors
    ///
    /// If something cannot be read.
    pub(super) fn add_files(&mut self, path: &Path) -> Result<()> {
        for file in files(path)? {
            let bytes = fs::read(&file).with_context(|| format!("cannot read {}", file.display()))?;
            file.strip_prefix(path).unwrap_or(&file).hash(&mut self.0);
            bytes.hash(&mut self.0);
        }
        Ok(())
    }

    pub(super) fn finish(self) -> String {
        format!("{:016x}", self.0.finish())
    }
}

/// All files of a folder, or the file itself.
///
/// # Errors
///
/// If a folder cannot be listed.
pub(super) fn files(path: &Path) -> Result<Vec<PathBuf>> {
    if path.is_file() {
        return Ok(vec![path.to_owned()]);
    }
    let mut found = Vec::new();
    for entry in fs::read_dir(path).with_context(|| format!("cannot list {}", path.display()))? {
        found.extend(files(&entry?.path())?);
    }
    found.sort();
    Ok(found)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn contents_and_names_count() {
        let folder = std::env::temp_dir().join(format!("xtask-fingerprint-{}", std::process::id()));
        fs::create_dir_all(folder.join("inside")).unwrap();
        let of_folder = || {
            let mut fingerprint = Fingerprint::new();
            fingerprint.add_files(&folder).unwrap();
            fingerprint.finish()
        };
        fs::write(folder.join("inside/a.js"), "1").unwrap();
        let first = of_folder();
        assert_eq!(first, of_folder());
        fs::write(folder.join("inside/a.js"), "2").unwrap();
        let second = of_folder();
        fs::rename(folder.join("inside/a.js"), folder.join("inside/b.js")).unwrap();
        let third = of_folder();
        assert!(first != second && second != third && first != third);
        fs::remove_dir_all(folder).unwrap();
    }
}
