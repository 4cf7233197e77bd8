//! The contract is a promise to strangers: every item of it says what it means.

use std::fs;

use anyhow::{Context, Result};

use super::Finding;
use crate::places::Places;

/// Lines that need no words of their own.
const SILENT: &[&str] = &["package ", "use ", "}", "//"];

pub(super) fn check(places: &Places, findings: &mut Vec<Finding>) -> Result<()> {
    for entry in fs::read_dir(places.root.join("wit"))? {
        let path = entry?.path();
        if path.extension().is_none_or(|extension| extension != "wit") {
            continue;
        }
        let text = fs::read_to_string(&path).with_context(|| path.display().to_string())?;
        for number in undocumented(&text) {
            let message = "an item of the contract without a line `///` before it";
            findings.push(Finding::new(format!("{}:{number}", places.shown(&path)), message));
        }
    }
    Ok(())
}

/// Numbers of lines that declare something and have no documentation.
fn undocumented(text: &str) -> Vec<usize> {
    let mut found = Vec::new();
    let mut documented = false;
    for (index, line) in text.lines().enumerate() {
        let line = line.trim();
        if line.starts_with("///") {
            documented = true;
        } else if !line.is_empty() && !line.starts_with("@since") {
            let silent = SILENT.iter().any(|start| line.starts_with(start));
            if !documented && !silent {
                found.push(index + 1);
            }
            documented = false;
        }
    }
    found
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_declaration_wants_a_line() {
        let text = "package a:b@0.1.0;\n\n/// Said.\n@since(version = 0.1.0)\ninterface a {\n    use b.{c};\n    \
                    d: func();\n    /// Said.\n    e: func();\n}\n";
        assert_eq!(undocumented(text), [7]);
    }
}
