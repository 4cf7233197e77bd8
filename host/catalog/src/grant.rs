use monshyflow_manifest::{Capability, CapabilityKind, Manifest};
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
