use std::collections::BTreeMap;

use super::report::Report;
use super::{ById, Found, by_id};
use crate::document::{DocumentOnError, EdgeEnd};
use crate::suggest::{closest, did_you_mean, quoted_list};
use crate::{Document, DocumentNode, Edge, NodeIndex, NodeType, PortIndex, ProblemCode};

/// The document's edges by index, in order; `None` where a problem was reported or the type of a node is unknown.
pub(super) fn resolve(document: &Document, found: &Found, report: &mut Report) -> Vec<Option<Edge>> {
    let ids = by_id(document);
    let mut seen: BTreeMap<(&EdgeEnd, &EdgeEnd), usize> = BTreeMap::new();
    let mut edges = Vec::with_capacity(document.edges.len());
    for (index, edge) in document.edges.iter().enumerate() {
        let from = node_at(document, &ids, &edge.from, index, "from", report);
        let to = node_at(document, &ids, &edge.to, index, "to", report);
        if let Some(first) = seen.get(&(&edge.from, &edge.to)) {
            let message = format!("the edge stands there twice, first as /edges/{first}: remove one");
            report.error(ProblemCode::DuplicateEdge, format!("/edges/{index}"), message);
        }
        seen.entry((&edge.from, &edge.to)).or_insert(index);
        let from_port = from.and_then(|node| {
            let node_type = found[node].as_deref()?;
            output_port(&document.nodes[node], node_type, &edge.from.port, index, report)
        });
        let to_port = to.and_then(|node| {
            let node_type = found[node].as_deref()?;
            input_port(&document.nodes[node], node_type, &edge.to.port, index, report)
        });
        edges.push(match (from, from_port, to, to_port) {
            (Some(from), Some(from_port), Some(to), Some(to_port)) => Some(Edge {
                from: NodeIndex(from as u32),
                from_port,
                to: NodeIndex(to as u32),
                to_port,
            }),
            _ => None,
        });
    }
    edges
}

fn node_at(
    document: &Document,
    ids: &ById<'_>,
    end: &EdgeEnd,
    edge: usize,
    side: &str,
    report: &mut Report,
) -> Option<usize> {
    if let Some(node) = ids.get(end.node.as_str()) {
        return Some(*node);
    }
    let by_name = document.nodes.iter().find(|node| node.name == end.node);
    let hint = match by_name {
        Some(node) => format!(": edges name nodes by id, write `{}`", node.id),
        None => did_you_mean(&end.node, &ids.keys().collect::<Vec<_>>()),
    };
    let message = format!("there is no node with the id `{}`{hint}", end.node);
    report.error(
        ProblemCode::NodeUnknown,
        format!("/edges/{edge}/{side}/node"),
        message,
    );
    None
}

fn output_port(
    node: &DocumentNode,
    node_type: &NodeType,
    port: &str,
    edge: usize,
    report: &mut Report,
) -> Option<PortIndex> {
    if let Some(index) = node_type.output(port) {
        return Some(index);
    }
    let error_port = node.settings.on_error == DocumentOnError::Port;
    if port == "error" {
        if error_port {
            return Some(node_type.error_port());
        }
        let message = "the port `error` exists only while the node's setting `onError` is `port`".to_owned();
        report.node_error(
            ProblemCode::PortUnknown,
            format!("/edges/{edge}/from/port"),
            &node.name,
            message,
        );
        return None;
    }
    let mut ports: Vec<&str> = node_type.outputs.iter().map(String::as_str).collect();
    ports.extend(error_port.then_some("error"));
    unknown_port(
        "output",
        node,
        node_type,
        port,
        &ports,
        format!("/edges/{edge}/from/port"),
        report,
    );
    None
}

fn input_port(
    node: &DocumentNode,
    node_type: &NodeType,
    port: &str,
    edge: usize,
    report: &mut Report,
) -> Option<PortIndex> {
    let pointer = format!("/edges/{edge}/to/port");
    if node_type.is_trigger() {
        let message = format!(
            "`{}` is a trigger: it starts runs and has no inputs",
            node_type.name
        );
        report.node_error(ProblemCode::PortUnknown, pointer, &node.name, message);
        return None;
    }
    let index = node_type.input(port);
    if index.is_none() {
        let ports: Vec<&str> = node_type.inputs.iter().map(String::as_str).collect();
        unknown_port("input", node, node_type, port, &ports, pointer, report);
    }
    index
}

fn unknown_port(
    side: &str,
    node: &DocumentNode,
    node_type: &NodeType,
    port: &str,
    ports: &[&str],
    pointer: String,
    report: &mut Report,
) {
    let there_are = if ports.is_empty() {
        "none".to_owned()
    } else {
        quoted_list(ports)
    };
    let meant = closest(port, ports.iter().copied()).map(|best| format!(", did you mean `{best}`?"));
    let message = format!(
        "`{}` has no {side} port `{port}`; there are: {there_are}{}",
        node_type.name,
        meant.unwrap_or_default()
    );
    report.node_error(ProblemCode::PortUnknown, pointer, &node.name, message);
}
