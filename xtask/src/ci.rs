//! The steps of continuous integration, cheap ones first.

use std::fmt::Write as _;
use std::time::Instant;

use anyhow::{Context, Result, bail};

use crate::arguments::Arguments;
use crate::places::Places;
use crate::{deny, generated, nodes, process, set_up, tidy};

struct Step {
    name: &'static str,
    what: &'static str,
    run: fn(&Places) -> Result<()>,
}

const STEPS: &[Step] = &[
    Step {
        name: "fmt",
        what: "every workspace is formatted",
        run: fmt,
    },
    Step {
        name: "tidy",
        what: "crate edges, sizes, names, the map",
        run: tidy::run,
    },
    Step {
        name: "deny",
        what: "licences, fences and sources of dependencies",
        run: deny::check,
    },
    Step {
        name: "nodes",
        what: "components from source",
        run: |places| nodes::build(places).map(drop),
    },
    Step {
        name: "clippy",
        what: "no warning in any workspace",
        run: clippy,
    },
    Step {
        name: "test",
        what: "the main workspace, with the real nodes",
        run: test,
    },
    Step {
        name: "test-nodes",
        what: "the nodes' own tests, natively",
        run: test_nodes,
    },
    Step {
        name: "test-sdk",
        what: "the SDK",
        run: test_sdk,
    },
    Step {
        name: "generated",
        what: "generated files are up to date",
        run: generated::check,
    },
];

/// What CI cannot promise.
const NOT_CHECKED: &str =
    "Not checked here: known vulnerabilities (`cargo xtask advisories`), speed (`cargo xtask bench`).";

#[derive(Default)]
pub(crate) struct Request {
    only: Option<String>,
    list: bool,
}

impl Request {
    /// # Errors
    ///
    /// If something else than `--only STEP` or `--list` was typed.
    pub(crate) fn parse(mut arguments: Arguments) -> Result<Self> {
        let request = Self {
            only: arguments.value("--only")?,
            list: arguments.flag("--list"),
        };
        arguments.finish()?;
        Ok(request)
    }
}

/// # Errors
///
/// At the first step that fails.
pub(crate) fn run(places: &Places, request: &Request) -> Result<()> {
    if request.list {
        for step in STEPS {
            println!("{:12} {}", step.name, step.what);
        }
        return Ok(());
    }
    let steps: Vec<&Step> = match &request.only {
        Some(name) => vec![
            STEPS
                .iter()
                .find(|step| step.name == name)
                .with_context(|| unknown(name))?,
        ],
        None => STEPS.iter().collect(),
    };
    set_up::ensure()?;
    let started = Instant::now();
    let mut times = String::new();
    for (at, step) in steps.iter().enumerate() {
        eprintln!("\n== {}/{} {}: {}", at + 1, steps.len(), step.name, step.what);
        let began = Instant::now();
        let outcome = (step.run)(places);
        let time = process::shown(began.elapsed());
        if let Err(error) = outcome {
            eprintln!(
                "\n== passed before: {}",
                if times.is_empty() {
                    "nothing"
                } else {
                    times.trim_end_matches(", ")
                }
            );
            bail!(
                "step `{}` failed after {time}: {error:#}\nto repeat it alone: cargo xtask ci --only {}",
                step.name,
                step.name
            );
        }
        eprintln!("== {}: ok in {time}", step.name);
        let _ = write!(times, "{} {time}, ", step.name);
    }
    println!("\n{}", times.trim_end_matches(", "));
    let total = process::shown(started.elapsed());
    match &request.only {
        Some(name) => println!(
            "Step `{name}` passed in {total}; the other {} were not run.",
            STEPS.len() - 1
        ),
        None => println!("All {} steps passed in {total}. {NOT_CHECKED}", STEPS.len()),
    }
    Ok(())
}

fn unknown(name: &str) -> String {
    let names: Vec<&str> = STEPS.iter().map(|step| step.name).collect();
    format!("no step `{name}`: there are {}", names.join(", "))
}

fn fmt(places: &Places) -> Result<()> {
    set_up::ensure_component("fmt", "rustfmt")?;
    for workspace in places.workspaces() {
        process::run(
            process::cargo(places)
                .args(["fmt", "--all", "--check"])
                .current_dir(workspace),
        )?;
    }
    Ok(())
}

fn clippy(places: &Places) -> Result<()> {
    set_up::ensure_component("clippy", "clippy")?;
    for workspace in places.workspaces() {
        let mut command = process::cargo(places);
        command.args(["clippy", "--workspace", "--all-targets", "--locked"]);
        if workspace == places.nodes() {
            command.env("CARGO_TARGET_DIR", places.nodes_target());
        }
        if workspace == places.fuzz() {
            command.arg("--no-default-features");
        }
        if workspace == places.sdk() {
            command.arg("--all-features");
        }
        process::run(command.args(["--", "-D", "warnings"]).current_dir(workspace))?;
    }
    Ok(())
}

fn test(places: &Places) -> Result<()> {
    let mut command = process::cargo(places);
    command
        .args(["test", "--workspace", "--locked"])
        .env("MONSHYFLOW_NODES_DIR", places.dist());
    process::run(&mut command)
}

fn test_nodes(places: &Places) -> Result<()> {
    let mut command = process::cargo(places);
    command
        .args(["test", "--workspace", "--lib", "--tests", "--locked"])
        .env("CARGO_TARGET_DIR", places.nodes_target());
    process::run(command.current_dir(places.nodes()))
}

fn test_sdk(places: &Places) -> Result<()> {
    let mut command = process::cargo(places);
    command.args(["test", "--workspace", "--all-features", "--locked"]);
    process::run(command.current_dir(places.sdk()))
}
