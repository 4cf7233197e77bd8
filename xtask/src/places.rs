use std::path::{Path, PathBuf};

use anyhow::{Context, Result};

/// Where things are.
pub(crate) struct Places {
    /// The clone.
    pub(crate) root: PathBuf,
    /// `<user cache>/monshyflow`, shared by all clones.
    pub(crate) cache: PathBuf,
    /// `CARGO_TARGET_DIR`, or `target` in the cache: what the main workspace and the SDK are built into.
    pub(crate) target: PathBuf,
}

impl Places {
    /// # Errors
    ///
    /// If there is no home folder to keep the cache in, or it cannot be made.
    pub(crate) fn find() -> Result<Self> {
        let own = std::env::var_os("CARGO_MANIFEST_DIR")
            .map_or_else(|| env!("CARGO_MANIFEST_DIR").into(), PathBuf::from);
        let root = own.parent().context("xtask lies in no workspace")?.to_owned();
        let cache = user_cache()?.join("monshyflow");
        std::fs::create_dir_all(&cache)
            .with_context(|| format!("cannot make the cache {}", cache.display()))?;
        let target = match std::env::var_os("CARGO_TARGET_DIR") {
            Some(folder) => std::path::absolute(folder)?,
            None => cache.join("target"),
        };
        Ok(Self { root, cache, target })
    }

    /// What nodes are built into: for WebAssembly, and natively for their tests and manifests.
    pub(crate) fn nodes_target(&self) -> PathBuf {
        self.cache.join("nodes")
    }

    /// Finished components, `<node>.wasm`.
    pub(crate) fn dist(&self) -> PathBuf {
        self.nodes_target().join("dist")
    }

    /// Folders of the cargo workspaces: the main one, the nodes, the SDK, the fuzz targets.
    pub(crate) fn workspaces(&self) -> Vec<PathBuf> {
        let folders = [self.root.clone(), self.nodes(), self.sdk(), self.fuzz()];
        folders
            .into_iter()
            .filter(|folder| folder.join("Cargo.toml").is_file())
            .collect()
    }

    pub(crate) fn nodes(&self) -> PathBuf {
        self.root.join("nodes")
    }

    /// Source of the evaluator of expressions, and the packages and tools of everything in JavaScript.
    pub(crate) fn evaluator(&self) -> PathBuf {
        self.root.join("host/expressions/javascript")
    }

    /// Packages from npm, and components made of JavaScript.
    pub(crate) fn javascript(&self) -> PathBuf {
        self.cache.join("javascript")
    }

    /// Packages from PyPI, and components made of Python.
    pub(crate) fn python(&self) -> PathBuf {
        self.cache.join("python")
    }

    /// The contract between the host and nodes.
    pub(crate) fn wit(&self) -> PathBuf {
        self.root.join("wit")
    }

    pub(crate) fn sdk(&self) -> PathBuf {
        self.root.join("sdk/rust")
    }

    pub(crate) fn fuzz(&self) -> PathBuf {
        self.root.join("fuzz")
    }

    /// Programs that the project's checks need, such as cargo-deny.
    pub(crate) fn tools(&self) -> PathBuf {
        self.cache.join("tools")
    }

    /// A path as a person wants to read it: from the root of the clone, with `/`.
    pub(crate) fn shown(&self, path: &Path) -> String {
        path.strip_prefix(&self.root)
            .unwrap_or(path)
            .display()
            .to_string()
    }
}

/// `XDG_CACHE_HOME` or `~/.cache`, as the XDG Base Directory Specification has it.
fn user_cache() -> Result<PathBuf> {
    if let Some(folder) = std::env::var_os("XDG_CACHE_HOME").map(PathBuf::from)
        && folder.is_absolute()
    {
        return Ok(folder);
    }
    let home = std::env::home_dir().context("no home folder: set HOME or XDG_CACHE_HOME")?;
    Ok(home.join(".cache"))
}
