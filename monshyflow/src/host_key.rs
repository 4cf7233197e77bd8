use std::io::{ErrorKind, Write};
use std::os::unix::fs::OpenOptionsExt;
use std::path::{Path, PathBuf};

use anyhow::Context;
use monshyflow_clock::random;

/// The key that authenticates compiled components in the cache: 32 bytes in a file that only this user can read, made at the
/// first start.
pub(crate) fn host_key(folder: &Path) -> anyhow::Result<[u8; 32]> {
    std::fs::create_dir_all(folder)
        .with_context(|| format!("cannot make the folder {}", folder.display()))?;
    let path = folder.join("host.key");
    if !path.exists() {
        let temporary = write_beside(&path, &random::<32>())?;
        // Unlike a rename it leaves the key of another process alone that starts at the same time.
        let made = std::fs::hard_link(&temporary, &path);
        _ = std::fs::remove_file(&temporary);
        match made {
            Err(error) if error.kind() != ErrorKind::AlreadyExists => {
                return Err(error).with_context(|| format!("cannot write {}", path.display()));
            }
            _ => {}
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

/// Writes a file that only this user can read, whole or not at all.
pub(crate) fn write_private(path: &Path, bytes: &[u8]) -> anyhow::Result<()> {
    let temporary = write_beside(path, bytes)?;
    std::fs::rename(&temporary, path).with_context(|| format!("cannot write {}", path.display()))
}

/// Under a name that nobody else writes to.
fn write_beside(path: &Path, bytes: &[u8]) -> anyhow::Result<PathBuf> {
    let temporary = path.with_extension(format!("{:016x}.new", u64::from_ne_bytes(random())));
    let mut options = std::fs::OpenOptions::new();
    let file = options.write(true).create_new(true).mode(0o600).open(&temporary);
    let mut file = file.with_context(|| format!("cannot write {}", temporary.display()))?;
    file.write_all(bytes)?;
    file.sync_all()?;
    Ok(temporary)
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
