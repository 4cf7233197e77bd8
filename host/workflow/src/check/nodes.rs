use std::collections::BTreeMap;

use monshyflow_manifest::TypeName;

use super::Found;
use super::report::{Report, severity_for};
use crate::suggest::{did_you_mean, quoted_list};
use crate::{Document, DocumentNode, NodeTypes, ProblemCode};

/// Longest name or id of a node, in characters.
const MAX_NAME: usize = 128;

/// Checks ids, names and types.
pub(super) fn look_up(document: &Document, types: &dyn NodeTypes, report: &mut Report) -> Found {
    let mut ids: BTreeMap<&str, usize> = BTreeMap::new();
    let mut names: BTreeMap<&str, usize> = BTreeMap::new();
    let mut found = Vec::with_capacity(document.nodes.len());
    for (index, node) in document.nodes.iter().enumerate() {
        check_word(&node.id, "id", index, node, report);
        check_word(&node.name, "name", index, node, report);
        if let Some(first) = ids.get(node.id.as_str()) {
            let message = format!(
                "the id `{}` is also that of /nodes/{first}: give each node its own",
                node.id
            );
            report.node_error(
                ProblemCode::DuplicateId,
                format!("/nodes/{index}/id"),
                &node.name,
                message,
            );
        }
        ids.entry(&node.id).or_insert(index);
        if let Some(first) = names.get(node.name.as_str()) {
            let message = format!(
                "another node, /nodes/{first}, is called `{}` too: expressions name nodes",
                node.name
            );
            report.node_error(
                ProblemCode::DuplicateName,
                format!("/nodes/{index}/name"),
                &node.name,
                message,
            );
        }
        names.entry(&node.name).or_insert(index);
        found.push(find_type(index, node, types, report));
    }
    found
}

fn check_word(text: &str, what: &str, index: usize, node: &DocumentNode, report: &mut Report) {
    let wrong = if text.trim().is_empty() {
        "is empty"
    } else if text.chars().count() > MAX_NAME {
        "has more than 128 characters"
    } else if text.chars().any(char::is_control) {
        "holds control characters"
    } else {
        return;
    };
    let message = format!("the {what} of the node {wrong}");
    report.node_error(
        ProblemCode::NameInvalid,
        format!("/nodes/{index}/{what}"),
        &node.name,
        message,
    );
}

fn find_type(
    index: usize,
    node: &DocumentNode,
    types: &dyn NodeTypes,
    report: &mut Report,
) -> Option<std::sync::Arc<crate::NodeType>> {
    let pointer = format!("/nodes/{index}/type");
    let name: TypeName = match node.node_type.parse() {
        Ok(name) => name,
        Err(error) => {
            let known = types.names().iter().map(ToString::to_string).collect::<Vec<_>>();
            let message = format!("{error}{}", did_you_mean(&node.node_type, &known));
            report.node_error(ProblemCode::TypeUnknown, pointer, &node.name, message);
            return None;
        }
    };
    let Some(node_type) = types.get(&name) else {
        let message = unknown_type(&name, &types.names());
        report.node_error(ProblemCode::TypeUnknown, pointer, &node.name, message);
        return None;
    };
    for grant in types.missing_grants(&node_type) {
        let message = format!("`{name}` needs {grant}: ask an admin for the grant");
        let (severity, code) = (severity_for(node), ProblemCode::GrantMissing);
        report.add(severity, code, pointer.clone(), Some(&node.name), message);
    }
    Some(node_type)
}

fn unknown_type(name: &TypeName, known: &[TypeName]) -> String {
    let versions: Vec<_> = known
        .iter()
        .filter(|other| other.name() == name.name())
        .map(ToString::to_string)
        .collect();
    if !versions.is_empty() {
        return format!("there is no `{name}`, only {}", quoted_list(&versions));
    }
    let known: Vec<_> = known.iter().map(ToString::to_string).collect();
    format!(
        "there is no node type `{name}`{}",
        did_you_mean(&name.to_string(), &known)
    )
}
