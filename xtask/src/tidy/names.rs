//! One idea, one file, a name that says it.

use super::{Finding, SourceFile};

/// Names that say nothing about what is inside.
const EMPTY: &[&str] = &[
    "utils", "util", "common", "helpers", "helper", "misc", "types", "manager", "managers",
];

/// Code; what data is called is its own affair.
const CODE: &[&str] = &["rs", "js", "jsx", "ts", "tsx", "py", "go", "c", "h"];

/// Left-overs of editing and merging.
const LEFT_OVER: &[&str] = &["backup", "bak", "orig", "rej", "old"];

pub(super) fn check(files: &[SourceFile], findings: &mut Vec<Finding>) {
    for file in files {
        if let Some(message) = refusal(&file.path) {
            findings.push(Finding::new(&file.path, message));
        }
    }
}

fn refusal(path: &str) -> Option<String> {
    for part in path.split('/') {
        let (stem, rest) = part.split_once('.').unwrap_or((part, ""));
        if EMPTY.contains(&stem) && (rest.is_empty() || CODE.contains(&rest)) {
            return Some(format!("`{stem}` says nothing: name the idea"));
        }
        if rest.split('.').any(|ending| LEFT_OVER.contains(&ending)) || part.ends_with('~') {
            return Some("a left-over: git remembers it".to_owned());
        }
    }
    None
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_that_say_nothing_and_left_overs() {
        for bad in [
            "host/engine/src/utils.rs",
            "a/helpers/b.rs",
            "x/lease.rs.orig",
            "x/lease.backup.rs",
            "x/lease.rs~",
        ] {
            assert!(refusal(bad).is_some(), "{bad}");
        }
        for good in [
            "host/engine/src/ready.rs",
            "wit/types.wit",
            "host/workflow/src/node_types.rs",
            "a/orig/b.rs",
        ] {
            assert!(refusal(good).is_none(), "{good}");
        }
    }
}
