use std::collections::BTreeSet;

use super::Found;
use super::report::Report;
use crate::suggest::quoted_list;
use crate::{Document, Edge, ProblemCode, Severity};

/// Triggers, required inputs, reachability and cycles.
pub(super) fn check(document: &Document, found: &Found, edges: &[Option<Edge>], report: &mut Report) {
    check_triggers(document, found, report);
    check_inputs(document, found, edges, report);
    let mut successors = vec![Vec::new(); document.nodes.len()];
    for edge in edges.iter().flatten() {
        successors[edge.from.0 as usize].push(edge.to.0 as usize);
    }
    check_reachable(document, found, &successors, report);
    let mut onward = vec![Vec::new(); document.nodes.len()];
    for edge in edges.iter().flatten().filter(|edge| !closes_loop(found, edge)) {
        onward[edge.from.0 as usize].push(edge.to.0 as usize);
    }
    check_cycles(document, &onward, report);
}

/// Only an edge into the input `next` of a loop may lead back.
fn closes_loop(found: &Found, edge: &Edge) -> bool {
    let ports = found[edge.to.0 as usize]
        .as_ref()
        .and_then(|found| found.loop_ports());
    ports.is_some_and(|ports| ports.next == edge.to_port)
}

fn check_triggers(document: &Document, found: &Found, report: &mut Report) {
    let is_trigger = |index: usize| found[index].as_ref().is_some_and(|found| found.is_trigger());
    let triggers: Vec<usize> = (0..found.len()).filter(|index| is_trigger(*index)).collect();
    // A type that nobody knows may be a trigger: its own problem is enough.
    if triggers.is_empty() && found.iter().all(Option::is_some) {
        let message = "no node starts the workflow: add a trigger such as `manual-trigger@1`";
        report.error(ProblemCode::TriggerMissing, "/nodes".into(), message.into());
    } else if !triggers.is_empty() && triggers.iter().all(|index| document.nodes[*index].disabled) {
        let message = "all triggers are disabled, so nothing can start the workflow";
        report.error(ProblemCode::TriggerMissing, "/nodes".into(), message.into());
    }
}

fn check_inputs(document: &Document, found: &Found, edges: &[Option<Edge>], report: &mut Report) {
    // An edge that could not be resolved may have been meant for any port of its target.
    let doubtful: BTreeSet<&str> = document
        .edges
        .iter()
        .zip(edges)
        .filter(|(_, resolved)| resolved.is_none())
        .map(|(edge, _)| edge.to.node.as_str())
        .collect();
    let connected: BTreeSet<(u32, usize)> = edges
        .iter()
        .flatten()
        .map(|edge| (edge.to.0, usize::from(edge.to_port.0)))
        .collect();
    for (index, (node, node_type)) in document.nodes.iter().zip(found).enumerate() {
        let Some(node_type) = node_type else { continue };
        if node_type.is_trigger() || doubtful.contains(node.id.as_str()) {
            continue;
        }
        let mut first = 0_usize;
        for port in &node_type.manifest.inputs {
            let members = usize::from(port.repeats.unwrap_or(1));
            let any = (first..first + members).any(|member| connected.contains(&(index as u32, member)));
            if port.required && !any {
                let message = format!(
                    "nothing is connected to the input `{}` ({})",
                    port.name, port.title
                );
                let pointer = format!("/nodes/{index}");
                report.node_error(ProblemCode::InputUnconnected, pointer, &node.name, message);
            }
            first += members;
        }
    }
}

fn check_reachable(document: &Document, found: &Found, successors: &[Vec<usize>], report: &mut Report) {
    let may_start = |index: &usize| found[*index].as_ref().is_none_or(|found| found.is_trigger());
    let mut waiting: Vec<usize> = (0..found.len()).filter(may_start).collect();
    if waiting.is_empty() {
        return;
    }
    let mut reached = vec![false; found.len()];
    while let Some(index) = waiting.pop() {
        if !std::mem::replace(&mut reached[index], true) {
            waiting.extend(&successors[index]);
        }
    }
    for (index, node) in document
        .nodes
        .iter()
        .enumerate()
        .filter(|(index, _)| !reached[*index])
    {
        let message = "no path leads from a trigger to this node, so it never runs".to_owned();
        let (severity, code) = (Severity::Warning, ProblemCode::NodeUnreachable);
        report.add(
            severity,
            code,
            format!("/nodes/{index}"),
            Some(&node.name),
            message,
        );
    }
}

/// Names at least one cycle of each knot, and all cycles that share no node with another.
fn check_cycles(document: &Document, successors: &[Vec<usize>], report: &mut Report) {
    let mut left = vec![true; successors.len()];
    loop {
        peel(successors, &mut left);
        let Some(start) = left.iter().position(|left| *left) else {
            return;
        };
        let cycle = walk_into_cycle(start, successors, &left);
        let names: Vec<&str> = cycle
            .iter()
            .map(|index| document.nodes[*index].name.as_str())
            .collect();
        let message = format!(
            "these nodes form a circle: {}; remove one of its edges, or close it by the input `next` of a loop",
            quoted_list(&names)
        );
        let first = cycle[0];
        report.node_error(
            ProblemCode::Cycle,
            format!("/nodes/{first}"),
            &document.nodes[first].name,
            message,
        );
        for index in cycle {
            left[index] = false;
        }
    }
}

/// Takes away what no cycle passes through, as far as that shows from the ends.
fn peel(successors: &[Vec<usize>], left: &mut [bool]) {
    let mut predecessors = vec![Vec::new(); successors.len()];
    for (from, targets) in successors.iter().enumerate() {
        for to in targets {
            predecessors[*to].push(from);
        }
    }
    for (ahead, behind) in [(successors, &predecessors[..]), (&predecessors[..], successors)] {
        let among =
            |neighbours: &[usize], left: &[bool]| neighbours.iter().filter(|index| left[**index]).count();
        let mut open: Vec<usize> = behind.iter().map(|neighbours| among(neighbours, left)).collect();
        let mut free: Vec<usize> = (0..left.len())
            .filter(|index| left[*index] && open[*index] == 0)
            .collect();
        while let Some(index) = free.pop() {
            left[index] = false;
            for next in ahead[index].iter().copied().filter(|next| left[*next]) {
                open[next] -= 1;
                if open[next] == 0 {
                    free.push(next);
                }
            }
        }
    }
}

/// Every node that is left has a successor that is left, so walking on must come round.
fn walk_into_cycle(start: usize, successors: &[Vec<usize>], left: &[bool]) -> Vec<usize> {
    let mut place = vec![None; successors.len()];
    let mut path = Vec::new();
    let mut at = start;
    while place[at].is_none() {
        place[at] = Some(path.len());
        path.push(at);
        match successors[at].iter().find(|next| left[**next]) {
            Some(next) => at = *next,
            None => return path,
        }
    }
    path.split_off(place[at].unwrap_or(0))
}
