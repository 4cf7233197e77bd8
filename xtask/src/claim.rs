//! Clones share built files. Cargo takes a crate of another clone for the same crate as long as its sources are not newer,
//! but paths of that clone are compiled into it.

use std::fs::{self, File};
use std::path::Path;
use std::time::SystemTime;

use anyhow::{Context, Result};

use crate::places::Places;

/// Makes cargo build this clone's own crates anew if another clone built last.
///
/// # Errors
///
/// If a file of the clone or the marker cannot be written.
pub(crate) fn claim(places: &Places) -> Result<()> {
    for target in [places.target.clone(), places.nodes_target()] {
        let marker = target.join("built-by");
        let own = places.root.as_os_str().as_encoded_bytes();
        let last = fs::read(&marker).unwrap_or_default();
        if last == own {
            continue;
        }
        if !last.is_empty() {
            eprintln!(
                "xtask: another clone built into {} last; this clone's crates are built anew",
                target.display()
            );
            touch(&places.root)?;
        }
        fs::create_dir_all(&target)?;
        fs::write(&marker, own).with_context(|| marker.display().to_string())?;
    }
    Ok(())
}

fn touch(folder: &Path) -> Result<()> {
    for entry in fs::read_dir(folder).with_context(|| folder.display().to_string())? {
        let entry = entry?;
        let (path, name) = (entry.path(), entry.file_name());
        let foreign = name == "node_modules" || name == "target" || name.as_encoded_bytes().starts_with(b".");
        let kind = entry.file_type()?;
        if kind.is_dir() && !foreign {
            touch(&path)?;
        } else if kind.is_file() && path.extension().is_some_and(|extension| extension == "rs") {
            set_modified_now(&path).with_context(|| path.display().to_string())?;
        }
    }
    Ok(())
}

#[expect(
    clippy::disallowed_methods,
    reason = "cargo compares with the file system's clock"
)]
fn set_modified_now(path: &Path) -> std::io::Result<()> {
    File::options()
        .write(true)
        .open(path)?
        .set_modified(SystemTime::now())
}
