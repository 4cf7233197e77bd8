use std::fs::{self, File};
use std::hash::{Hash, Hasher};
use std::io::Read;
use std::os::unix::fs::DirBuilderExt;
use std::path::{Path, PathBuf};
use std::time::Duration;

use data_encoding::HEXLOWER;
use hmac::{Hmac, KeyInit, Mac};
use sha2::{Digest, Sha256};
use wasmtime::Engine;
use wasmtime::component::Component;

/// Longer than any compilation takes.
const ABANDONED: Duration = Duration::from_secs(3600);

/// Compiled components on disk.
///
/// An entry is native code that runs with the host's rights, and the engine does not notice a flipped bit. So each has a
/// message authentication code under the host's key, over its name too, and one whose code is wrong counts as absent.
/// The folder belongs to the host alone (mode 0700): between the check and the mapping, and while an entry is mapped,
/// nobody else may write there.
#[derive(Debug)]
pub(crate) struct Cache {
    folder: PathBuf,
    key: [u8; 32],
    compatibility: [u8; 32],
}

/// Name of an entry: the component, the engine's settings and version, the processor.
pub(crate) struct EntryName(String);

type HmacSha256 = Hmac<Sha256>;

impl Cache {
    pub(crate) fn open(folder: PathBuf, key: [u8; 32], engine: &Engine) -> std::io::Result<Self> {
        fs::DirBuilder::new()
            .recursive(true)
            .mode(0o700)
            .create(&folder)?;
        sweep(&folder)?;
        Ok(Self {
            folder,
            key,
            compatibility: compatibility(engine),
        })
    }

    pub(crate) fn name(&self, digest: &[u8; 32]) -> EntryName {
        let mut name = Sha256::new();
        name.update(digest);
        name.update(self.compatibility);
        name.update(std::env::consts::ARCH);
        EntryName(HEXLOWER.encode(&name.finalize()))
    }

    /// There is an entry, which may still prove to be damaged.
    pub(crate) fn has(&self, name: &EntryName) -> bool {
        self.code_path(name).exists() && self.mac_path(name).exists()
    }

    /// The compiled component, if there is an entry that this host wrote.
    pub(crate) fn load(&self, engine: &Engine, name: &EntryName) -> Option<Component> {
        let path = self.code_path(name);
        let file = File::open(&path).ok()?;
        let expected = fs::read(self.mac_path(name)).unwrap_or_default();
        let authentic = self
            .authenticate(name, file)
            .is_ok_and(|mac| mac.verify_slice(&expected).is_ok());
        if !authentic {
            tracing::warn!(
                entry = name.0,
                "a cached component is damaged or not ours; it is compiled again"
            );
            return None;
        }
        let component = deserialize(engine, &path);
        component
            .inspect_err(|error| {
                tracing::warn!(entry = name.0, %error, "a cached component does not fit; it is compiled again");
            })
            .ok()
    }

    /// An entry that was just stored.
    ///
    /// # Errors
    ///
    /// If it exceeds the pool's limits for one component; the message says which.
    pub(crate) fn load_new(&self, engine: &Engine, name: &EntryName) -> wasmtime::Result<Component> {
        deserialize(engine, &self.code_path(name))
    }

    /// A place for new code, in the cache's folder and without a name that `load` looks for.
    pub(crate) fn scratch(&self) -> std::io::Result<Scratch> {
        let unique: u128 = random().map_err(std::io::Error::other)?;
        let path = self.folder.join(format!("{unique:032x}.new"));
        let file = File::options()
            .read(true)
            .write(true)
            .create_new(true)
            .open(&path)?;
        Ok(Scratch { path, file })
    }

    /// Makes the code in `scratch` an entry. Two hosts that do so at once leave one of the two, or an entry that `load`
    /// finds damaged.
    pub(crate) fn store(&self, name: &EntryName, scratch: &Scratch) -> std::io::Result<()> {
        let mac = self
            .authenticate(name, scratch.reopen()?)?
            .finalize()
            .into_bytes();
        let mac_scratch = scratch.path.with_extension("newmac");
        fs::write(&mac_scratch, mac)?;
        fs::rename(&mac_scratch, self.mac_path(name))?;
        fs::rename(&scratch.path, self.code_path(name))
    }

    fn authenticate(&self, name: &EntryName, mut file: File) -> std::io::Result<HmacSha256> {
        let mut mac = <HmacSha256 as KeyInit>::new_from_slice(&self.key).map_err(std::io::Error::other)?;
        mac.update(name.0.as_bytes());
        let mut piece = vec![0; 128 << 10];
        loop {
            match file.read(&mut piece)? {
                0 => return Ok(mac),
                read => mac.update(&piece[..read]),
            }
        }
    }

    fn code_path(&self, name: &EntryName) -> PathBuf {
        self.folder.join(format!("{}.cwasm", name.0))
    }

    fn mac_path(&self, name: &EntryName) -> PathBuf {
        self.folder.join(format!("{}.mac", name.0))
    }
}

/// A file that goes away unless it became an entry.
pub(crate) struct Scratch {
    path: PathBuf,
    pub(crate) file: File,
}

impl Scratch {
    fn reopen(&self) -> std::io::Result<File> {
        File::open(&self.path)
    }
}

impl Drop for Scratch {
    fn drop(&mut self) {
        let _ = fs::remove_file(&self.path);
    }
}

#[expect(
    unsafe_code,
    clippy::disallowed_methods,
    reason = "the one place where native code from disk is mapped"
)]
fn deserialize(engine: &Engine, path: &Path) -> wasmtime::Result<Component> {
    // SAFETY: `Cache::load` checked that this host wrote the file with this engine's settings and that it has not
    // changed since; only the host writes in the folder.
    unsafe { Component::deserialize_file(engine, path) }
}

/// What a compiled component and an engine must have in common.
pub(crate) fn compatibility(engine: &Engine) -> [u8; 32] {
    let mut hasher = StableHasher(Sha256::new());
    engine.precompile_compatibility_hash().hash(&mut hasher);
    hasher.0.finalize().into()
}

/// The standard library's hashers differ from one process or version to the next.
struct StableHasher(Sha256);

impl Hasher for StableHasher {
    fn write(&mut self, bytes: &[u8]) {
        self.0.update((bytes.len() as u64).to_le_bytes());
        self.0.update(bytes);
    }

    fn finish(&self) -> u64 {
        let digest = self.0.clone().finalize();
        digest
            .iter()
            .take(8)
            .fold(0, |sum, byte| sum << 8 | u64::from(*byte))
    }
}

/// Removes what hosts that died in the middle left, and nothing that another one may be writing.
fn sweep(folder: &Path) -> std::io::Result<()> {
    for file in fs::read_dir(folder)? {
        let path = file?.path();
        let is_scratch = path
            .extension()
            .is_some_and(|extension| extension == "new" || extension == "newmac");
        let age = fs::metadata(&path)
            .and_then(|data| data.modified())
            .map(|modified| modified.elapsed());
        if is_scratch && age.is_ok_and(|age| age.is_ok_and(|age| age > ABANDONED)) {
            let _ = fs::remove_file(path);
        }
    }
    Ok(())
}

fn random() -> Result<u128, getrandom::Error> {
    let mut bytes = [0; 16];
    getrandom::fill(&mut bytes)?;
    Ok(u128::from_le_bytes(bytes))
}
