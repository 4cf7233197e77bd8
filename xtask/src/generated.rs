//! Files that the program writes and the repository keeps, so that a change of them is seen in review.

use std::fs;

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
    for Generated { path, arguments } in GENERATED {
        let committed =
            fs::read_to_string(places.root.join(path)).with_context(|| format!("cannot read {path}"))?;
        let mut command = process::cargo(places);
        command
            .args(["run", "--quiet", "--locked", "--package=monshyflow", "--"])
            .args(*arguments);
        let printed = process::read(&mut command)?;
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
