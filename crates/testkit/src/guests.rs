use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::OnceLock;

/// The component of `nodes/_probe`, a guest that misbehaves on request.
///
/// # Panics
///
/// If it is neither in the folder that `MONSHYFLOW_NODES_DIR` names nor can be built.
pub fn probe() -> Vec<u8> {
    guest("probe")
}

/// The component of `nodes/_probe-http`, a guest that sends hostile requests.
///
/// # Panics
///
/// As `probe`.
pub fn http_probe() -> Vec<u8> {
    guest("probe-http")
}

/// The component of a built-in node, without a manifest if this process had to build it.
///
/// # Panics
///
/// As `probe`.
pub fn node(name: &str) -> Vec<u8> {
    component(built(), name)
}

/// The evaluator of expressions.
///
/// # Panics
///
/// If it is not in the folder that `MONSHYFLOW_NODES_DIR` names: only `cargo xtask nodes` builds it.
pub fn evaluator() -> Vec<u8> {
    component(&built().join("lib"), "expressions")
}

/// xtask keeps guests apart from nodes, cargo does not.
fn guest(name: &str) -> Vec<u8> {
    let apart = built().join("_probe");
    component(if apart.exists() { &apart } else { built() }, name)
}

fn component(folder: &Path, name: &str) -> Vec<u8> {
    let path = folder.join(format!("{name}.wasm"));
    if path.exists() {
        read(&path)
    } else {
        read(&folder.join(format!("{}.wasm", name.replace('-', "_"))))
    }
}

fn read(path: &Path) -> Vec<u8> {
    std::fs::read(path)
        .unwrap_or_else(|error| panic!("{}: {error}; run `cargo xtask nodes` first", path.display()))
}

/// The folder that xtask names; otherwise what cargo makes of `nodes/`, once for the process.
fn built() -> &'static Path {
    static FOLDER: OnceLock<PathBuf> = OnceLock::new();
    FOLDER.get_or_init(|| match std::env::var_os("MONSHYFLOW_NODES_DIR") {
        Some(folder) => PathBuf::from(folder),
        None => build(),
    })
}

fn build() -> PathBuf {
    let nodes = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../nodes");
    let mut cargo = Command::new("cargo");
    cargo
        .args(["build", "--release", "--target", "wasm32-wasip2"])
        .current_dir(&nodes);
    cargo.env_remove("CARGO_TARGET_DIR");
    if let Some(toolchain) = std::env::var_os("MONSHYFLOW_WASI_TOOLCHAIN") {
        cargo.env("RUSTUP_TOOLCHAIN", toolchain);
    }
    let status = cargo.status();
    assert!(
        status.is_ok_and(|status| status.success()),
        "cannot build the guests of {}; run `cargo xtask nodes` and set MONSHYFLOW_NODES_DIR, or the tests with \
         `cargo xtask test`",
        nodes.display()
    );
    nodes.join("target/wasm32-wasip2/release")
}
