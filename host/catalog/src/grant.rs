use monshyflow_manifest::{Capability, CapabilityKind, Manifest, includes_target};
use serde::{Deserialize, Serialize};

/// A capability that an operator or tenant admin allowed a node type to use.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Grant {
    pub kind: CapabilityKind,
    /// As in the manifest: host patterns for `http`, scopes for `kv`.
    #[serde(default)]
    pub targets: Vec<String>,
}

/// What a built-in node type has until a tenant takes it away: everything that it asks for.
pub fn default_grants(manifest: &Manifest) -> Vec<Grant> {
    let grant = |capability: &Capability| Grant {
        kind: capability.kind,
        targets: capability.targets.clone(),
    };
    manifest.capabilities.iter().map(grant).collect()
}

/// What of the grants lies within what the manifest asks for, each kind once. A newer component may ask for less than was
/// granted to an older one.
pub(crate) fn within(manifest: &Manifest, grants: &[Grant]) -> Vec<Grant> {
    let mut within: Vec<Grant> = Vec::new();
    for Grant { kind, targets } in grants {
        let Some(asked) = manifest.capabilities.iter().find(|asked| asked.kind == *kind) else {
            continue;
        };
        let known = within.iter_mut().find(|grant| grant.kind == *kind);
        let targets = targets
            .iter()
            .filter(|target| includes_target(*kind, &asked.targets, target));
        match known {
            Some(grant) => grant.targets.extend(targets.cloned()),
            None => within.push(Grant {
                kind: *kind,
                targets: targets.cloned().collect(),
            }),
        }
    }
    within
}

/// What the manifest asks for and the grants do not cover.
pub fn missing_capabilities(manifest: &Manifest, grants: &[Grant]) -> Vec<Capability> {
    let missing = |wanted: &&Capability| !grants.iter().any(|grant| grant.kind == wanted.kind);
    manifest.capabilities.iter().filter(missing).cloned().collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_grant_covers_its_kind_only() {
        let wants: Manifest = serde_json::from_value(serde_json::json!({
            "contract": "0.1", "name": "x", "version": "1.0.0", "title": "X", "description": "x", "category": "c",
            "kind": "action", "mode": "each", "parameters": {},
            "capabilities": [
                { "kind": "http", "targets": ["https://a.example"], "reason": "r" },
                { "kind": "kv", "targets": ["workflow"], "reason": "r" },
            ],
        }))
        .unwrap();
        assert!(missing_capabilities(&wants, &default_grants(&wants)).is_empty());
        let http_only = [Grant {
            kind: CapabilityKind::Http,
            targets: vec!["https://a.example".into()],
        }];
        let missing = missing_capabilities(&wants, &http_only);
        assert_eq!(
            missing.iter().map(|c| c.kind).collect::<Vec<_>>(),
            [CapabilityKind::Kv]
        );
    }
}
