//! Small rooms. Lines of tests do not count; rustfmt's layout makes the end of a function easy to find.

use super::exceptions::EXCEPTIONS;
use super::{Finding, SourceFile};

const FILE_CAP: usize = 600;
const FUNCTION_CAP: usize = 100;

struct Size {
    /// Path, or path and function.
    name: String,
    lines: usize,
}

pub(super) fn check(files: &[SourceFile], findings: &mut Vec<Finding>) {
    let written: Vec<&SourceFile> = files
        .iter()
        .filter(|file| file.is_rust() && !file.is_test())
        .collect();
    let of_files: Vec<Size> = written
        .iter()
        .map(|file| Size {
            name: file.path.clone(),
            lines: file.lines_without_tests().count(),
        })
        .collect();
    let of_functions: Vec<Size> = written.iter().flat_map(|file| functions(file)).collect();
    report("files", &of_files, "goal: median 150, p95 450", FILE_CAP);
    report("functions", &of_functions, "goal: p95 45", FUNCTION_CAP);
    hold(&of_files, FILE_CAP, findings);
    hold(&of_functions, FUNCTION_CAP, findings);
    for (name, _) in EXCEPTIONS {
        if !of_files
            .iter()
            .chain(&of_functions)
            .any(|size| size.name == *name)
        {
            findings.push(Finding::new(
                "xtask/src/tidy/exceptions.rs",
                format!("`{name}` no longer exists: remove it"),
            ));
        }
    }
}

fn report(what: &str, sizes: &[Size], goal: &str, cap: usize) {
    let mut lines: Vec<usize> = sizes.iter().map(|size| size.lines).collect();
    lines.sort_unstable();
    let at = |percent: usize| {
        lines
            .get((lines.len() * percent / 100).min(lines.len().saturating_sub(1)))
            .copied()
            .unwrap_or(0)
    };
    let largest = sizes.iter().max_by_key(|size| size.lines);
    println!(
        "{} {what}: median {} lines, p95 {}, largest {} ({}); {goal}, none over {cap}",
        lines.len(),
        at(50),
        at(95),
        at(100),
        largest.map_or("none", |size| size.name.as_str()),
    );
}

fn hold(sizes: &[Size], cap: usize, findings: &mut Vec<Finding>) {
    for Size { name, lines } in sizes {
        let excepted = EXCEPTIONS
            .iter()
            .find(|(known, _)| known == name)
            .map(|(_, lines)| *lines);
        let message = match excepted {
            None if *lines > cap => format!(
                "{lines} lines without tests, the cap is {cap}: find the second idea in it and move it out"
            ),
            Some(_) if *lines <= cap => "within the cap now: remove its exception".to_owned(),
            Some(excepted) if *lines > excepted => {
                format!("grew from {excepted} to {lines} lines: exceptions only shrink")
            }
            Some(excepted) if *lines < excepted => {
                format!("shrank from {excepted} to {lines} lines: lower its exception")
            }
            _ => continue,
        };
        findings.push(Finding::new(name, message));
    }
}

/// Lines of each function from its signature to its closing brace.
fn functions(file: &SourceFile) -> Vec<Size> {
    let lines: Vec<&str> = file.lines_without_tests().collect();
    let starts = lines
        .iter()
        .enumerate()
        .filter_map(|(at, line)| Some((at, function_name(line)?)));
    let sized = starts.filter_map(|(start, name)| {
        let count = function_lines(&lines[start..])?;
        Some(Size {
            name: format!("{} fn {name}", file.path),
            lines: count,
        })
    });
    sized.collect()
}

fn function_name(line: &str) -> Option<&str> {
    let mut rest = line.trim_start();
    loop {
        if let Some(signature) = rest.strip_prefix("fn ") {
            return signature.split(['(', '<']).next();
        }
        let (word, after) = rest.split_once(' ')?;
        if !matches!(word, "pub" | "const" | "async" | "unsafe" | "extern" | "\"C\"")
            && !word.starts_with("pub(")
        {
            return None;
        }
        rest = after;
    }
}

/// Nothing for a declaration without a body.
fn function_lines(from_signature: &[&str]) -> Option<usize> {
    let indent = |line: &str| line.len() - line.trim_start().len();
    let own = indent(from_signature.first()?);
    let mut at_own_indent = from_signature
        .iter()
        .enumerate()
        .filter(|(_, line)| !line.is_empty() && indent(line) == own);
    // The signature may be broken over lines; its last line stands at the function's own indent again.
    at_own_indent.find_map(|(at, line)| match line.trim_end() {
        declared if declared.ends_with(';') => Some(None),
        closed if closed.ends_with('}') && (at == 0 || closed.trim_start() == "}") => Some(Some(at + 1)),
        _ => None,
    })?
}

#[cfg(test)]
mod tests {
    use super::*;

    fn sizes(text: &str) -> Vec<(String, usize)> {
        let file = SourceFile {
            path: "a.rs".into(),
            text: text.into(),
        };
        functions(&file)
            .into_iter()
            .map(|size| (size.name, size.lines))
            .collect()
    }

    #[test]
    fn bodies_one_liners_broken_signatures_and_declarations() {
        let text = "\
fn one() {}
pub(crate) async fn two<T>(
    a: T,
) -> Result<()>
where
    T: Copy,
{
    if a { b() }
}
trait X {
    fn three(&self);
    fn four(&self) {
        work();
    }
}
";
        let found = sizes(text);
        assert_eq!(
            found,
            [
                ("a.rs fn one".into(), 1),
                ("a.rs fn two".into(), 8),
                ("a.rs fn four".into(), 3)
            ]
        );
    }

    #[test]
    fn tests_do_not_count() {
        assert!(sizes("\n#[cfg(test)]\nmod tests {\n    fn long() {\n    }\n}\n").is_empty());
    }

    #[test]
    fn over_the_cap_is_a_finding() {
        let mut findings = Vec::new();
        hold(
            &[
                Size {
                    name: "a".into(),
                    lines: 601,
                },
                Size {
                    name: "b".into(),
                    lines: 600,
                },
            ],
            FILE_CAP,
            &mut findings,
        );
        assert_eq!(
            findings
                .iter()
                .map(|finding| finding.place.as_str())
                .collect::<Vec<_>>(),
            ["a"]
        );
    }
}
