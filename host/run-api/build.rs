//! Puts every page of `docs/errors` into the program, so that a code and its page cannot be shipped apart.

use std::env;
use std::fmt::Write;
use std::fs;
use std::path::Path;

fn main() -> Result<(), Box<dyn std::error::Error>> {
    // Asked for when it runs: the script may have been compiled in another clone.
    let own = env::var_os("CARGO_MANIFEST_DIR").ok_or("cargo names CARGO_MANIFEST_DIR")?;
    let folder = Path::new(&own).join("../../docs/errors").canonicalize()?;
    println!("cargo::rerun-if-changed={}", folder.display());
    let mut pages = Vec::new();
    for entry in fs::read_dir(&folder)? {
        let path = entry?.path();
        let code = path
            .file_stem()
            .and_then(|stem| stem.to_str())
            .unwrap_or_default()
            .to_owned();
        if path.extension().is_some_and(|extension| extension == "md") {
            pages.push((code, path));
        }
    }
    pages.sort();
    let mut table = String::from("&[\n");
    for (code, path) in pages {
        writeln!(table, "    ({code:?}, include_str!({path:?})),")?;
    }
    table.push(']');
    let out = env::var_os("OUT_DIR").ok_or("cargo names OUT_DIR")?;
    fs::write(Path::new(&out).join("error_pages.rs"), table)?;
    Ok(())
}
