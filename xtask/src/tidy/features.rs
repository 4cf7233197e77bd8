//! Features that must stay off. Cargo unifies features, so any crate in the tree could turn one on.

use super::Finding;
use crate::metadata::Metadata;

/// Package, feature, why not.
const OFF: &[(&str, &str, &str)] = &[
    (
        "wasmtime",
        "component-model-async",
        "WASI 0.3 slows every call down and widens the attack surface",
    ),
    (
        "wasmtime",
        "component-model-async-bytes",
        "WASI 0.3 slows every call down and widens the attack surface",
    ),
    (
        "wasmtime",
        "gc",
        "about half of wasmtime's advisories need features that no node needs",
    ),
    (
        "wasmtime",
        "gc-drc",
        "about half of wasmtime's advisories need features that no node needs",
    ),
    (
        "wasmtime",
        "gc-null",
        "about half of wasmtime's advisories need features that no node needs",
    ),
    (
        "wasmtime",
        "gc-copying",
        "about half of wasmtime's advisories need features that no node needs",
    ),
    (
        "wasmtime",
        "threads",
        "about half of wasmtime's advisories need features that no node needs",
    ),
    (
        "wasmtime",
        "stack-switching",
        "about half of wasmtime's advisories need features that no node needs",
    ),
    ("wasmtime", "winch", "one compiler is enough"),
    (
        "wasmtime-wasi-http",
        "default-send-request",
        "forgetting the egress policy must not compile",
    ),
    ("wasmtime-wasi-http", "p3", "WASI 0.3 needs component-model-async"),
    ("wasmtime-wasi", "p3", "WASI 0.3 needs component-model-async"),
];

pub(super) fn check(metadata: &Metadata, findings: &mut Vec<Finding>) {
    for (package, feature, why) in OFF {
        if metadata.features(package).iter().any(|on| on == feature) {
            let how = format!("find who asks for it: cargo tree -e features -i {package}");
            findings.push(Finding::new(
                *package,
                format!("the feature `{feature}` is on, but {why}; {how}"),
            ));
        }
    }
}
