//! The rules that a manifest's fields follow beyond their shape.

use std::collections::BTreeSet;
use std::ops::RangeInclusive;

use serde_json::Value;

use crate::error::Faults;
use crate::icon::check_icon;
use crate::schema::{Budget, Schema};
use crate::target::check_target;
use crate::{CONTRACT, CapabilityKind, Kind, Manifest, ManifestError, Mode, Port};

/// Longest documentation, in bytes.
pub const MAX_DOCUMENTATION_BYTES: usize = 256 << 10;

/// Most ports on one side, families spelled out.
pub const MAX_PORTS: usize = 1_024;

impl Manifest {
    /// # Errors
    ///
    /// Every fault, with its place.
    pub fn validate(&self) -> Result<(), ManifestError> {
        let mut faults = Faults::default();
        check_identity(self, &mut faults);
        check_texts(self, &mut faults);
        check_ports(&self.inputs, "/inputs", &mut faults);
        check_ports(&self.outputs, "/outputs", &mut faults);
        check_kind(self, &mut faults);
        check_slots(self, &mut faults);
        check_capabilities(self, &mut faults);
        check_limits(self, &mut faults);
        check_parameters(self, &mut faults);
        faults.into_result()
    }
}

fn check_identity(manifest: &Manifest, faults: &mut Faults) {
    if manifest.contract != CONTRACT {
        let message = format!(
            "the contract `{:.20}` is not supported, this host supports {CONTRACT}: build the node anew",
            manifest.contract
        );
        faults.add("/contract", message);
    }
    if crate::TypeName::new(&manifest.name, 0).is_err() {
        faults.add(
            "/name",
            "the name must have 1 to 64 of a-z, 0-9 and `-`, and start with a letter",
        );
    }
    match semver::Version::parse(&manifest.version) {
        Ok(version) if version.major <= u64::from(u32::MAX) => {}
        Ok(_) => faults.add("/version", "the major version is too large"),
        Err(error) => faults.add(
            "/version",
            format!("not a semantic version such as `1.0.0`: {error}"),
        ),
    }
}

fn check_texts(manifest: &Manifest, faults: &mut Faults) {
    check_line(&manifest.title, 1..=100, "/title", faults);
    check_line(&manifest.description, 1..=300, "/description", faults);
    check_line(&manifest.category, 1..=60, "/category", faults);
    if manifest.documentation.len() > MAX_DOCUMENTATION_BYTES {
        let size = manifest.documentation.len();
        faults.add(
            "/documentation",
            format!("{size} bytes, {MAX_DOCUMENTATION_BYTES} are allowed"),
        );
    }
    if !manifest.icon.is_empty()
        && let Err(message) = check_icon(&manifest.icon)
    {
        faults.add("/icon", message);
    }
}

/// One line of text for people.
fn check_line(text: &str, length: RangeInclusive<usize>, pointer: &str, faults: &mut Faults) {
    if !length.contains(&text.trim().chars().count()) || text.chars().any(char::is_control) {
        let (from, to) = (length.start(), length.end());
        faults.add(pointer, format!("must be one line of {from} to {to} characters"));
    }
}

fn check_ports(ports: &[Port], base: &str, faults: &mut Faults) {
    let mut names = BTreeSet::new();
    for (index, port) in ports.iter().enumerate() {
        let at = format!("{base}/{index}");
        if !is_word(&port.name) {
            faults.add(
                format!("{at}/name"),
                "must have 1 to 64 of a-z, 0-9 and `-`, and start with a letter",
            );
        } else if base == "/outputs" && port.name == "error" {
            faults.add(
                format!("{at}/name"),
                "`error` is the port that the host adds: choose another name",
            );
        }
        check_line(&port.title, 1..=100, &format!("{at}/title"), faults);
        if port.repeats.is_some_and(|count| !(1..=256).contains(&count)) {
            faults.add(format!("{at}/repeats"), "must be from 1 to 256");
            continue;
        }
        if let Some(Err(message)) = port.items.as_ref().map(Schema::compile) {
            faults.add(format!("{at}/items"), message);
        }
        if base == "/outputs" && port.required {
            faults.add(format!("{at}/required"), "only inputs can be required");
        }
        for name in spelled_out(port) {
            if names.contains(&name) {
                faults.add(format!("{at}/name"), format!("there is another port `{name}`"));
                break;
            }
            names.insert(name);
        }
    }
    if names.len() > MAX_PORTS {
        faults.add(base, format!("{} ports, {MAX_PORTS} are allowed", names.len()));
    }
}

fn spelled_out(port: &Port) -> Vec<String> {
    match port.repeats {
        None => vec![port.name.clone()],
        Some(count) => (0..count)
            .map(|member| format!("{}-{member}", port.name))
            .collect(),
    }
}

fn check_kind(manifest: &Manifest, faults: &mut Faults) {
    match manifest.kind {
        Kind::Trigger if !manifest.inputs.is_empty() => {
            faults.add("/inputs", "a trigger starts runs, so it has no inputs");
        }
        Kind::Trigger if manifest.outputs.is_empty() => {
            faults.add("/outputs", "a trigger needs an output");
        }
        Kind::Action | Kind::Control | Kind::Loop if manifest.inputs.is_empty() => {
            faults.add(
                "/inputs",
                "a node that is no trigger runs when something arrives, so it needs an input",
            );
        }
        _ => {}
    }
    if manifest.kind == Kind::Loop {
        check_loop(manifest, faults);
    }
}

/// The engine and the editor know the ports of a loop by name.
fn check_loop(manifest: &Manifest, faults: &mut Faults) {
    let sides = [
        ("/inputs", &manifest.inputs, ["in", "next"]),
        ("/outputs", &manifest.outputs, ["body", "done"]),
    ];
    for (pointer, ports, names) in sides {
        for name in names {
            if !ports
                .iter()
                .any(|port| port.name == name && port.repeats.is_none())
            {
                faults.add(
                    pointer,
                    format!("a loop needs a port `{name}` that does not repeat"),
                );
            }
        }
    }
    for (index, port) in manifest.inputs.iter().enumerate() {
        let at = format!("/inputs/{index}/required");
        match port.name.as_str() {
            "in" if !port.required => faults.add(at, "the input `in` of a loop must be required"),
            "next" if port.required => faults.add(at, "the input `next` of a loop cannot be required"),
            _ => {}
        }
    }
    if manifest.mode != Mode::All {
        faults.add(
            "/mode",
            "a loop gets all its items at once: the mode must be `all`",
        );
    }
}

fn check_slots(manifest: &Manifest, faults: &mut Faults) {
    let mut names = BTreeSet::new();
    for (index, slot) in manifest.credentials.iter().enumerate() {
        let at = format!("/credentials/{index}");
        if !is_word(&slot.name) {
            faults.add(
                format!("{at}/name"),
                "must have 1 to 64 of a-z, 0-9 and `-`, and start with a letter",
            );
        }
        if !names.insert(&slot.name) {
            faults.add(
                format!("{at}/name"),
                format!("there is another slot `{}`", slot.name),
            );
        }
        check_line(&slot.title, 1..=100, &format!("{at}/title"), faults);
        if slot.accepts.is_empty() || !slot.accepts.iter().all(|accepted| is_word(accepted)) {
            faults.add(
                format!("{at}/accepts"),
                "must name at least one type of credential, each of a-z, 0-9 and `-`",
            );
        }
    }
}

fn check_capabilities(manifest: &Manifest, faults: &mut Faults) {
    for (index, capability) in manifest.capabilities.iter().enumerate() {
        let at = format!("/capabilities/{index}");
        check_line(&capability.reason, 1..=300, &format!("{at}/reason"), faults);
        if matches!(capability.kind, CapabilityKind::Http | CapabilityKind::Kv)
            && capability.targets.is_empty()
        {
            faults.add(format!("{at}/targets"), "must name at least one target");
        }
        if capability.targets.len() > 100 {
            faults.add(format!("{at}/targets"), "more than 100 targets");
            continue;
        }
        for (index, target) in capability.targets.iter().enumerate() {
            let slot = manifest.credentials.iter().any(|slot| slot.name == *target);
            let outcome = match capability.kind {
                CapabilityKind::Credentials if !slot => Err("is no credential slot of this node".to_owned()),
                kind => check_target(kind, target),
            };
            if let Err(why) = outcome {
                faults.add(
                    format!("{at}/targets/{index}"),
                    format!("the target `{target:.100}` {why}"),
                );
            }
        }
    }
    if manifest.capabilities.len() > 50 {
        faults.add("/capabilities", "more than 50 capabilities");
    }
}

fn check_limits(manifest: &Manifest, faults: &mut Faults) {
    let limits = &manifest.limits;
    let checks = [
        ("timeoutMs", limits.timeout_ms, 1..=86_400_000),
        ("cpuMs", limits.cpu_ms, 1..=86_400_000),
        ("memoryMib", limits.memory_mib, 1..=512),
    ];
    for (field, wish, allowed) in checks {
        if wish.is_some_and(|wish| !allowed.contains(&wish)) {
            let (from, to) = (allowed.start(), allowed.end());
            faults.add(format!("/limits/{field}"), format!("must be from {from} to {to}"));
        }
    }
}

fn check_parameters(manifest: &Manifest, faults: &mut Faults) {
    if manifest.parameters.get("type").and_then(Value::as_str) != Some("object") {
        faults.add(
            "/parameters/type",
            "parameters are an object: the schema must say `\"type\": \"object\"`",
        );
        return;
    }
    let schema = match Schema::compile(&manifest.parameters) {
        Ok(schema) => schema,
        Err(message) => return faults.add("/parameters", message),
    };
    if manifest.examples.len() > 50 {
        return faults.add("/examples", "more than 50 examples");
    }
    let mut budget = Budget::default();
    for (index, example) in manifest.examples.iter().enumerate() {
        let at = format!("/examples/{index}");
        check_line(&example.title, 1..=200, &format!("{at}/title"), faults);
        // An example with expressions shows what people write; what its parameters become is known in a run only.
        if !example.params.to_string().contains("{{") {
            check_example(
                &schema,
                &example.params,
                &format!("{at}/params"),
                &mut budget,
                faults,
            );
        }
        for port in example.output.keys() {
            if !manifest
                .outputs
                .iter()
                .flat_map(spelled_out)
                .any(|name| name == *port)
            {
                faults.add(
                    format!("{at}/output"),
                    format!("there is no output port `{port:.100}`"),
                );
            }
        }
    }
}

fn check_example(schema: &Schema, params: &Value, at: &str, budget: &mut Budget, faults: &mut Faults) {
    match schema.errors(params, budget) {
        Ok(errors) => {
            for error in errors.take(5) {
                let pointer = format!("{at}{}", error.instance_path());
                faults.add(pointer, error.masked_with("the value").to_string());
            }
        }
        Err(error) => faults.add(at, error.to_string()),
    }
}

/// The shape of names of ports, slots and credential types.
fn is_word(text: &str) -> bool {
    text.len() <= 64
        && text.starts_with(|c: char| c.is_ascii_lowercase())
        && text
            .bytes()
            .all(|c| c.is_ascii_lowercase() || c.is_ascii_digit() || c == b'-')
}
