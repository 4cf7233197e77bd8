//! Who may import whom. Equal to the graph in ARCHITECTURE.md: a new edge is an architecture change, made in a commit
//! of its own that says why.

use std::path::Path;

use super::Finding;
use crate::metadata::{Dependency, Metadata};
use crate::places::Places;

/// A crate's folder and the crates that it may import, by their names without `monshyflow-`.
type Row = (&'static str, &'static [&'static str]);

const ALLOWED: &[Row] = &[
    // Leaves: they may know other leaves, and no room of the house.
    ("crates/ids", &[]),
    ("crates/clock", &["ids"]),
    ("crates/strict-json", &[]),
    ("crates/items", &[]),
    ("crates/targets", &[]),
    ("crates/manifest", &["strict-json", "targets"]),
    ("crates/store", &["ids"]),
    ("crates/web", &["clock", "ids", "strict-json"]),
    ("crates/testkit", &[]),
    // The host, from pure to worldly.
    ("host/workflow", &["ids", "manifest", "strict-json"]),
    ("host/engine", &["ids", "items", "workflow"]),
    ("host/capabilities", &["ids", "targets"]),
    ("host/sandbox", &["capabilities", "items"]),
    ("host/expressions", &["items", "sandbox", "workflow"]),
    (
        "host/node-test",
        &["capabilities", "items", "manifest", "sandbox", "workflow"],
    ),
    (
        "host/catalog",
        &[
            "clock",
            "ids",
            "manifest",
            "node-test",
            "sandbox",
            "store",
            "workflow",
        ],
    ),
    (
        "host/journal",
        &["clock", "engine", "ids", "items", "store", "workflow"],
    ),
    (
        "host/runner",
        &[
            "capabilities",
            "catalog",
            "clock",
            "engine",
            "expressions",
            "ids",
            "items",
            "journal",
            "manifest",
            "sandbox",
            "store",
            "workflow",
        ],
    ),
    (
        "host/run-api",
        &[
            "catalog", "ids", "journal", "manifest", "runner", "web", "workflow",
        ],
    ),
    // The tools.
    ("xtask", &["manifest"]),
];

/// They put rooms together, so they may import any of them.
const COMPOSED: &[&str] = &["monshyflow", "bench"];

/// What tests of any crate may import: it fakes the outside world at the wire.
const FOR_TESTS: &str = "testkit";

pub(super) fn check(places: &Places, metadata: &Metadata, findings: &mut Vec<Finding>) {
    for package in metadata.members() {
        let folder = places.shown(package.folder());
        if COMPOSED.contains(&folder.as_str()) {
            continue;
        }
        let Some((_, allowed)) = ALLOWED.iter().find(|(known, _)| *known == folder) else {
            let message = "this crate is not in the graph: give it a charter in ARCHITECTURE.md and a row in xtask/src/tidy/edges.rs";
            findings.push(Finding::new(folder, message));
            continue;
        };
        for imported in package
            .dependencies
            .iter()
            .filter(|dependency| dependency.path.is_some())
        {
            if let Some(message) = refusal(imported, allowed) {
                findings.push(Finding::new(format!("{folder}/Cargo.toml"), message));
            }
        }
    }
    for (folder, _) in ALLOWED {
        if !Path::new(&places.root).join(folder).join("Cargo.toml").is_file() {
            findings.push(Finding::new(
                "xtask/src/tidy/edges.rs",
                format!("`{folder}` is in the graph but is no crate"),
            ));
        }
    }
}

fn refusal(imported: &Dependency, allowed: &[&str]) -> Option<String> {
    let name = imported
        .name
        .strip_prefix("monshyflow-")
        .unwrap_or(&imported.name);
    let in_tests = imported.kind.as_deref() == Some("dev");
    if allowed.contains(&name) || (in_tests && (name == FOR_TESTS || is_below(allowed, name))) {
        return None;
    }
    Some(format!(
        "may not import `{name}`: ARCHITECTURE.md says who may import whom"
    ))
}

/// Tests put real parts together, so they may import what stands anywhere below their crate.
fn is_below(allowed: &[&str], name: &str) -> bool {
    allowed.iter().any(|next| {
        let row = ALLOWED
            .iter()
            .find(|(folder, _)| folder.rsplit('/').next() == Some(next));
        *next == name || row.is_some_and(|(_, further)| is_below(further, name))
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn dependency(name: &str, kind: Option<&str>) -> Dependency {
        Dependency {
            name: name.into(),
            kind: kind.map(Into::into),
            path: Some("somewhere".into()),
        }
    }

    #[test]
    fn the_testkit_is_for_tests() {
        assert!(refusal(&dependency("monshyflow-testkit", Some("dev")), &[]).is_none());
        assert!(refusal(&dependency("monshyflow-testkit", None), &[]).is_some());
    }

    #[test]
    fn tests_reach_down_but_not_up() {
        assert!(refusal(&dependency("monshyflow-capabilities", Some("dev")), &["runner"]).is_none());
        assert!(refusal(&dependency("monshyflow-capabilities", None), &["runner"]).is_some());
        assert!(refusal(&dependency("monshyflow-runner", Some("dev")), &["capabilities"]).is_some());
        assert!(refusal(&dependency("monshyflow-ids", None), &["ids"]).is_none());
    }

    #[test]
    fn nothing_points_back() {
        for (at, (folder, _)) in ALLOWED.iter().enumerate() {
            let name = folder.rsplit('/').next().unwrap();
            let earlier = ALLOWED[..at].iter().find(|(_, allowed)| allowed.contains(&name));
            assert!(
                earlier.is_none(),
                "{folder} is imported by {earlier:?}, which stands before it"
            );
        }
    }
}
