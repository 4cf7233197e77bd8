use std::fs;
use std::path::{Path, PathBuf};
use std::time::Instant;

use anyhow::{Context, Result};

use crate::process;

/// Built components kept of each name: several clones share the folder.
const KEPT: usize = 4;

/// The component `name` that was made of what the fingerprint stands for: from `folder`, or else built into the file that `build`
/// is given.
///
/// # Errors
///
/// If it does not build.
pub(super) fn component(
    folder: &Path,
    name: &str,
    fingerprint: &str,
    build: impl FnOnce(&Path) -> Result<()>,
) -> Result<PathBuf> {
    let folder = folder.join(name);
    let file = folder.join(format!("{fingerprint}.wasm"));
    if file.is_file() {
        return Ok(file);
    }
    fs::create_dir_all(&folder).with_context(|| format!("cannot make {}", folder.display()))?;
    let began = Instant::now();
    let partial = file.with_extension("partial");
    build(&partial)?;
    fs::rename(&partial, &file).with_context(|| format!("cannot write {}", file.display()))?;
    let size = fs::metadata(&file)?.len();
    eprintln!(
        "xtask: {name} built in {}, {:.1} MB",
        process::shown(began.elapsed()),
        size as f64 / 1e6
    );
    forget(&folder, &file)?;
    Ok(file)
}

/// Removes all but the newest, and what they were bundled from.
fn forget(folder: &Path, newest: &Path) -> Result<()> {
    let mut built: Vec<_> = fs::read_dir(folder)
        .with_context(|| format!("cannot list {}", folder.display()))?
        .flatten()
        .map(|entry| entry.path())
        .filter(|path| path.extension().is_some_and(|ending| ending == "wasm") && path != newest)
        .collect();
    built.sort_by_key(|path| fs::metadata(path).and_then(|data| data.modified()).ok());
    let surplus = (built.len() + 1).saturating_sub(KEPT);
    for path in built.into_iter().take(surplus) {
        let _ = fs::remove_file(path.with_extension("js"));
        fs::remove_file(&path).with_context(|| format!("cannot remove {}", path.display()))?;
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_same_is_built_once_and_few_are_kept() {
        let root = std::env::temp_dir().join(format!("xtask-kept-{}", std::process::id()));
        let build = |file: &Path| Ok(fs::write(file, "wasm")?);
        let first = component(&root, "node", "0", build).unwrap();
        let again = component(&root, "node", "0", |_| anyhow::bail!("built twice")).unwrap();
        assert_eq!(first, again);
        for fingerprint in 1..=KEPT {
            component(&root, "node", &fingerprint.to_string(), build).unwrap();
        }
        let left = fs::read_dir(root.join("node")).unwrap().count();
        fs::remove_dir_all(&root).unwrap();
        assert_eq!(left, KEPT);
    }
}
