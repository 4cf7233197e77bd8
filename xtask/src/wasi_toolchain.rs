use std::path::PathBuf;
use std::process::Command;

use anyhow::{Context, Result, bail};

use crate::places::Places;
use crate::process;

/// A Rust toolchain that has std for wasm32-wasip2: the installed one, or a private one that is made once.
pub(crate) struct WasiToolchain(PathBuf);

impl WasiToolchain {
    /// # Errors
    ///
    /// If the target is missing and no private toolchain can be made here; the script has said why.
    pub(crate) fn ensure(places: &Places) -> Result<Self> {
        let mut script = Command::new("bash");
        script
            .arg(places.root.join("xtask/wasi-rust.sh"))
            .env("WASI_RUST_PREFIX", places.cache.join("wasi-rust"));
        process::without_own_package(&mut script);
        let folder = process::read(&mut script).context("no Rust toolchain for wasm32-wasip2")?;
        let folder = PathBuf::from(folder.trim_end());
        if !folder.is_absolute() {
            bail!("xtask/wasi-rust.sh named no folder but `{}`", folder.display());
        }
        Ok(Self(folder))
    }

    /// Its cargo with its rustc, wherever rustup's own choice would have gone.
    pub(crate) fn cargo(&self) -> Command {
        let bin = self.0.join("bin");
        let mut command = Command::new(bin.join("cargo"));
        command
            .env("RUSTUP_TOOLCHAIN", &self.0)
            .env("RUSTC", bin.join("rustc"));
        process::without_own_package(&mut command);
        command
    }
}
