use std::io::{ErrorKind, Write};
use std::path::Path;

use anyhow::Context;
use monshyflow_clock::random;
use tempfile::NamedTempFile;

/// The key that authenticates compiled components in the cache: 32 bytes in a file that only this user can read, made at the
/// first start.
pub(crate) fn host_key(folder: &Path) -> anyhow::Result<[u8; 32]> {
    std::fs::create_dir_all(folder)
        .with_context(|| format!("cannot make the folder {}", folder.display()))?;
    let path = folder.join("host.key");
    if !path.exists() {
        match write_private(&path, &random::<32>()) {
            // Another process that starts at the same time was quicker.
            Err(error) if error.kind() == ErrorKind::AlreadyExists => {}
            written => written.with_context(|| format!("cannot write {}", path.display()))?,
        }
    }
    let bytes = std::fs::read(&path).with_context(|| format!("cannot read {}", path.display()))?;
    let key = bytes.try_into().ok();
    key.with_context(|| {
        format!(
            "{} is not a host key: delete it, and components are compiled anew",
            path.display()
        )
    })
}

/// Makes a file that only this user can read, whole or not at all.
///
/// # Errors
///
/// If it is there already, or cannot be written.
pub(crate) fn write_private(path: &Path, bytes: &[u8]) -> std::io::Result<()> {
    let folder = path.parent().unwrap_or_else(|| Path::new("."));
    let mut file = NamedTempFile::new_in(folder)?;
    file.write_all(bytes)?;
    file.as_file().sync_all()?;
    file.persist_noclobber(path)?;
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::os::unix::fs::PermissionsExt;

    #[test]
    fn the_key_is_made_once_and_private() {
        let folder = tempfile::tempdir().unwrap();
        let first = host_key(folder.path()).unwrap();
        assert_eq!(host_key(folder.path()).unwrap(), first);
        let mode = std::fs::metadata(folder.path().join("host.key"))
            .unwrap()
            .permissions()
            .mode();
        assert_eq!(mode & 0o777, 0o600);
        std::fs::write(folder.path().join("host.key"), b"short").unwrap();
        assert!(host_key(folder.path()).is_err());
    }

    #[test]
    fn those_who_start_at_the_same_time_have_the_same_key() {
        for _ in 0..50 {
            let folder = tempfile::tempdir().unwrap();
            let start = std::sync::Barrier::new(4);
            let keys = std::thread::scope(|scope| {
                let host = || {
                    start.wait();
                    host_key(folder.path()).unwrap()
                };
                let hosts: Vec<_> = (0..4).map(|_| scope.spawn(host)).collect();
                hosts
                    .into_iter()
                    .map(|host| host.join().unwrap())
                    .collect::<Vec<_>>()
            });
            assert!(keys.iter().all(|key| *key == keys[0]));
            assert_eq!(std::fs::read_dir(folder.path()).unwrap().count(), 1);
        }
    }
}
