//! Files that the program writes and the repository keeps, so that a change of them is seen in review.

use std::fs;
use std::process::Command;

use anyhow::{Context, Result, bail};

use crate::places::Places;
use crate::process;

/// A committed file and the arguments with which `monshyflow` prints it.
struct Generated {
    path: &'static str,
    arguments: &'static [&'static str],
}

const GENERATED: &[Generated] = &[Generated {
    path: "docs/openapi.json",
    arguments: &["openapi"],
}];

/// # Errors
///
/// If a committed file differs from what the program prints today; `UPDATE=1` in the environment writes it instead.
pub(crate) fn check(places: &Places) -> Result<()> {
    // As the tests build it: another selection of packages means other features of dependencies, and building them anew.
    process::run(process::cargo(places).args(["test", "--quiet", "--workspace", "--locked", "--no-run"]))?;
    for Generated { path, arguments } in GENERATED {
        let committed =
            fs::read_to_string(places.root.join(path)).with_context(|| format!("cannot read {path}"))?;
        let mut command = Command::new(places.target.join("debug/monshyflow"));
        let printed = process::read(command.args(*arguments))?;
        if printed == committed {
            continue;
        }
        if std::env::var_os("UPDATE").is_none() {
            bail!(
                "{path} is not what the code says today: UPDATE=1 cargo xtask ci --only generated, and commit it"
            );
        }
        fs::write(places.root.join(path), printed).with_context(|| format!("cannot write {path}"))?;
        eprintln!("xtask: wrote {path}");
    }
    Ok(())
}
