use std::collections::BTreeMap;

use monshyflow_strict_json::Pointer;

use super::report::Report;
use super::{Found, by_id};
use crate::suggest::{did_you_mean, quoted_list};
use crate::{Document, NodeIndex, Pinned, ProblemCode};

/// Pinned items name a node by id and one of its output ports, and each item is an object.
pub(super) fn check(document: &Document, found: &Found, report: &mut Report) -> BTreeMap<NodeIndex, Pinned> {
    let ids = by_id(document);
    let mut pinned = BTreeMap::new();
    for (id, ports) in &document.pinned {
        let mut at = Pointer::default();
        at.push("pinned");
        at.push(id);
        let Some(index) = ids.get(id.as_str()).copied() else {
            let hint = did_you_mean(id, &ids.keys().collect::<Vec<_>>());
            let message = format!("items are pinned for a node with the id `{id}`, which is not there{hint}");
            report.error(ProblemCode::NodeUnknown, at.into(), message);
            continue;
        };
        let (node, Some(node_type)) = (&document.nodes[index], &found[index]) else {
            continue;
        };
        let mut outputs = Pinned::new();
        for (port, items) in ports {
            let Some(port_index) = node_type.output(port) else {
                let ports = quoted_list(&node_type.outputs);
                let message = format!("items are pinned for the port `{port}`; there are: {ports}");
                report.node_error(
                    ProblemCode::PortUnknown,
                    at.child(port).into(),
                    &node.name,
                    message,
                );
                continue;
            };
            for (item, _) in items
                .iter()
                .enumerate()
                .filter(|(_, json)| !json.get().starts_with('{'))
            {
                let pointer = at.child(port).child_index(item).into();
                let message = "a pinned item must be an object".to_owned();
                report.node_error(ProblemCode::DocumentWrongShape, pointer, &node.name, message);
            }
            outputs.insert(port_index, items.clone());
        }
        pinned.insert(NodeIndex(index as u32), outputs);
    }
    pinned
}
