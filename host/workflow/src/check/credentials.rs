use std::collections::BTreeMap;

use monshyflow_ids::CredentialId;
use monshyflow_manifest::CredentialSlot;
use monshyflow_strict_json::Pointer;

use super::report::{Report, severity_for};
use crate::suggest::quoted_list;
use crate::{DocumentNode, NodeType, ProblemCode};

/// Each slot that is not optional holds a credential, and nothing else is named. Whether the credential exists and has
/// a fitting type is known where credentials are.
pub(super) fn check(
    index: usize,
    node: &DocumentNode,
    node_type: &NodeType,
    report: &mut Report,
) -> BTreeMap<String, CredentialId> {
    let slots = &node_type.manifest.credentials;
    let mut base = Pointer::default();
    base.push("nodes");
    base.push_index(index);
    base.push("credentials");
    let mut credentials = BTreeMap::new();
    for (slot, id) in &node.credentials {
        let pointer = base.child(slot).to_string();
        if !slots.iter().any(|known| known.name == *slot) {
            let names: Vec<_> = slots.iter().map(|slot| &slot.name).collect();
            let there_are = if names.is_empty() {
                "none".to_owned()
            } else {
                quoted_list(&names)
            };
            let message = format!(
                "`{}` has no credential slot `{slot}`; there are: {there_are}",
                node_type.name
            );
            report.node_error(ProblemCode::CredentialSlotUnknown, pointer, &node.name, message);
            continue;
        }
        match id.parse() {
            Ok(id) => {
                credentials.insert(slot.clone(), id);
            }
            Err(error) => {
                let message = format!("{error}: choose a credential for the slot `{slot}`");
                report.node_error(ProblemCode::CredentialInvalid, pointer, &node.name, message);
            }
        }
    }
    let empty = |slot: &&CredentialSlot| !slot.optional && !node.credentials.contains_key(&slot.name);
    for slot in slots.iter().filter(empty) {
        let types = quoted_list(&slot.accepts);
        let message = format!(
            "the slot `{}` ({}) needs a credential of type {types}",
            slot.name, slot.title
        );
        let (severity, code) = (severity_for(node), ProblemCode::CredentialMissing);
        report.add(severity, code, base.to_string(), Some(&node.name), message);
    }
    credentials
}
