//! ARCHITECTURE.md names every crate, and no crate that does not exist.

use anyhow::{Context, Result};

use super::Finding;
use crate::metadata::Metadata;
use crate::places::Places;

const MAP: &str = "ARCHITECTURE.md";

pub(super) fn check(places: &Places, metadata: &Metadata, findings: &mut Vec<Finding>) -> Result<()> {
    let text =
        std::fs::read_to_string(places.root.join(MAP)).with_context(|| format!("cannot read {MAP}"))?;
    for package in metadata.members() {
        let folder = places.shown(package.folder());
        if !text.contains(&format!("`{folder}`")) {
            findings.push(Finding::new(
                MAP,
                format!("does not name `{folder}`: say what it is for and what it must not know"),
            ));
        }
    }
    for named in text.split('`').skip(1).step_by(2) {
        let is_room = ["crates/", "host/", "services/"]
            .iter()
            .any(|area| named.starts_with(area));
        if is_room && !named.contains(char::is_whitespace) && !places.root.join(named).exists() {
            findings.push(Finding::new(
                MAP,
                format!("names `{named}`, which does not exist"),
            ));
        }
    }
    Ok(())
}
