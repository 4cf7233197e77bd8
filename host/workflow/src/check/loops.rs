use std::collections::BTreeSet;

use super::Found;
use super::report::Report;
use crate::scopes::Scopes;
use crate::{Document, Edge, LoopPorts, NodeIndex, ProblemCode};

/// Most loops within each other.
pub const MAX_DEPTH: usize = 16;

/// Bodies of loops: entered only by `body`, left only by `next`, and nested if they share nodes.
pub(super) fn check(document: &Document, found: &Found, edges: &[Option<Edge>], report: &mut Report) {
    let ports = |found: &Option<_>| {
        let found: &std::sync::Arc<crate::NodeType> = found.as_ref()?;
        found.loop_ports()
    };
    let loops: Vec<Option<LoopPorts>> = found.iter().map(ports).collect();
    if loops.iter().all(Option::is_none) {
        return;
    }
    let mut outgoing = vec![Vec::new(); found.len()];
    for edge in edges.iter().flatten() {
        outgoing[edge.from.0 as usize].push(*edge);
    }
    let scopes = Scopes::of(&loops, &outgoing);
    let mut bodies = Bodies {
        document,
        loops: &loops,
        outgoing: &outgoing,
        scopes: &scopes,
        overlapping: BTreeSet::new(),
        report,
    };
    bodies.check_connected(edges);
    bodies.check_overlaps();
    bodies.check_depth();
    for (index, edge) in edges.iter().enumerate() {
        if let Some(edge) = edge {
            bodies.check_edge(index, edge);
        }
    }
}

struct Bodies<'a> {
    document: &'a Document,
    loops: &'a [Option<LoopPorts>],
    outgoing: &'a [Vec<Edge>],
    scopes: &'a Scopes,
    /// Loops whose bodies were told to overlap: that explains the rest.
    overlapping: BTreeSet<NodeIndex>,
    report: &'a mut Report,
}

impl Bodies<'_> {
    fn each_loop(&self) -> impl Iterator<Item = NodeIndex> + use<> {
        let loops = self.loops.iter().enumerate();
        let indices: Vec<_> = loops
            .filter(|(_, ports)| ports.is_some())
            .map(|(index, _)| NodeIndex(index as u32))
            .collect();
        indices.into_iter()
    }

    fn name(&self, node: NodeIndex) -> &str {
        &self.document.nodes[node.0 as usize].name
    }

    fn tell(&mut self, code: ProblemCode, pointer: String, node: NodeIndex, message: String) {
        let name = &self.document.nodes[node.0 as usize].name;
        self.report.node_error(code, pointer, name, message);
    }

    fn check_connected(&mut self, edges: &[Option<Edge>]) {
        // An edge that could not be resolved may have been meant for the port.
        let unresolved = self.document.edges.iter().zip(edges);
        let doubtful: BTreeSet<&str> = unresolved
            .filter(|(_, resolved)| resolved.is_none())
            .map(|(edge, _)| edge.from.node.as_str())
            .collect();
        for node in self.each_loop() {
            let index = node.0 as usize;
            let body = self.loops[index].map(|ports| ports.body);
            let connected = self.outgoing[index]
                .iter()
                .any(|edge| Some(edge.from_port) == body);
            if !connected && !doubtful.contains(self.document.nodes[index].id.as_str()) {
                let message = "nothing is connected to the output `body`, so the loop has nothing to repeat";
                self.tell(
                    ProblemCode::LoopBodyUnconnected,
                    format!("/nodes/{index}"),
                    node,
                    message.to_owned(),
                );
            }
        }
    }

    fn check_overlaps(&mut self) {
        let loops: Vec<NodeIndex> = self.each_loop().collect();
        for (position, one) in loops.iter().copied().enumerate() {
            for other in loops[position + 1..].iter().copied() {
                let (outer, inner) = (self.scopes.holds(one, other), self.scopes.holds(other, one));
                let shared = self.scopes.bodies[one.0 as usize]
                    .iter()
                    .find(|node| self.scopes.holds(other, **node));
                let shared = match (outer, inner) {
                    (true, false) | (false, true) => continue,
                    (true, true) => Some(one),
                    (false, false) => shared.copied(),
                };
                let Some(shared) = shared else { continue };
                let message = format!(
                    "the bodies of `{}` and `{}` share `{}`, but neither loop stands in the body of the other: put one \
                     wholly into the other, or give each its own nodes",
                    self.name(one),
                    self.name(other),
                    self.name(shared)
                );
                let pointer = format!("/nodes/{}", other.0);
                self.tell(ProblemCode::LoopOverlap, pointer, other, message);
                self.overlapping.extend([one, other]);
            }
        }
    }

    fn check_depth(&mut self) {
        for node in self.each_loop() {
            let depth = 1 + self
                .each_loop()
                .filter(|outer| self.scopes.holds(*outer, node))
                .count();
            if depth == MAX_DEPTH + 1 {
                let message = format!(
                    "this loop stands within {MAX_DEPTH} others; no more than {MAX_DEPTH} may be within each other: move the inner \
                     ones into a workflow of their own"
                );
                self.tell(
                    ProblemCode::LimitExceeded,
                    format!("/nodes/{}", node.0),
                    node,
                    message,
                );
            }
        }
    }

    fn check_edge(&mut self, index: usize, edge: &Edge) {
        if self.loops[edge.to.0 as usize].is_some_and(|ports| ports.next == edge.to_port) {
            return self.check_next(index, edge);
        }
        // An edge out of a body leads into its own loop's other inputs: that is a circle, and told as one.
        let enters = |body_of: &NodeIndex| {
            self.scopes.holds(*body_of, edge.to)
                && !self.leaves_within(*body_of, edge)
                && !self.overlapping.contains(body_of)
        };
        if let Some(body_of) = self.each_loop().find(enters) {
            self.tell_entered(index, edge, body_of);
        }
    }

    fn check_next(&mut self, index: usize, edge: &Edge) {
        if self.overlapping.contains(&edge.to) {
            return;
        }
        if !self.scopes.holds(edge.to, edge.from) {
            return self.tell_next(index, edge, edge.to);
        }
        let leaves = |body_of: &NodeIndex| {
            *body_of != edge.to
                && self.leaves_within(*body_of, edge)
                && !self.scopes.holds(*body_of, edge.to)
                && !self.overlapping.contains(body_of)
        };
        if let Some(body_of) = self.each_loop().find(leaves) {
            self.tell_next(index, edge, body_of);
        }
    }

    /// What leaves by the edge is in a round of `body_of`.
    fn leaves_within(&self, body_of: NodeIndex, edge: &Edge) -> bool {
        let ports = self.loops[edge.from.0 as usize];
        let is_entry = ports.is_some_and(|ports| ports.body == edge.from_port);
        self.scopes.holds(body_of, edge.from) || is_entry && edge.from == body_of
    }

    fn tell_next(&mut self, index: usize, edge: &Edge, body_of: NodeIndex) {
        let (from, to) = (self.name(edge.from), self.name(edge.to));
        let message = if body_of == edge.to {
            format!("`next` of `{to}` takes what its rounds come to, but `{from}` is not in its body")
        } else {
            format!(
                "`{from}` is in the body of `{}`, which it leaves towards `{to}`: connect `done` of `{}` instead",
                self.name(body_of),
                self.name(body_of)
            )
        };
        let pointer = format!("/edges/{index}");
        self.tell(ProblemCode::LoopNextFromOutside, pointer, edge.to, message);
    }

    fn tell_entered(&mut self, index: usize, edge: &Edge, body_of: NodeIndex) {
        let (to, owner) = (self.name(edge.to), self.name(body_of));
        let pointer = format!("/edges/{index}");
        if self.follows(body_of, edge) {
            let message = format!(
                "`{to}` is in the body of `{owner}` and also behind it: nodes behind a loop run once, when it is done"
            );
            return self.tell(ProblemCode::LoopBodyAfterDone, pointer, edge.to, message);
        }
        let message = format!(
            "`{to}` is in the body of `{owner}` and runs in each of its rounds, so nothing but the loop's `body` can lead \
             there from outside; use an expression such as `$('{}')` to read what `{}` put out",
            self.name(edge.from),
            self.name(edge.from)
        );
        self.tell(ProblemCode::LoopBodyEntered, pointer, edge.to, message);
    }

    /// The edge starts at the loop's `done` or `error`, or somewhere behind them.
    fn follows(&self, body_of: NodeIndex, edge: &Edge) -> bool {
        let body = self.loops[body_of.0 as usize].map(|ports| ports.body);
        let mut reached = vec![false; self.loops.len()];
        let mut open: Vec<NodeIndex> = self.outgoing[body_of.0 as usize]
            .iter()
            .filter(|edge| Some(edge.from_port) != body)
            .map(|edge| edge.to)
            .collect();
        while let Some(node) = open.pop() {
            if node != body_of && !std::mem::replace(&mut reached[node.0 as usize], true) {
                open.extend(self.outgoing[node.0 as usize].iter().map(|edge| edge.to));
            }
        }
        edge.from == body_of || reached[edge.from.0 as usize]
    }
}
