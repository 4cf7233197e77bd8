use std::collections::BTreeMap;

use super::report::{Report, severity_for};
use crate::suggest::did_you_mean;
use crate::{Document, Edge, Expression, ProblemCode, Severity, Template};

/// Checks that the nodes which expressions name are there and have run before. Whether JavaScript is right shows when it is
/// evaluated.
pub(super) fn check(
    document: &Document,
    templates: &[(usize, Template)],
    edges: &[Option<Edge>],
    report: &mut Report,
) {
    let names: BTreeMap<&str, usize> = document
        .nodes
        .iter()
        .enumerate()
        .map(|(index, node)| (node.name.as_str(), index))
        .collect();
    let mut predecessors = vec![Vec::new(); document.nodes.len()];
    for edge in edges.iter().flatten() {
        predecessors[edge.to.0 as usize].push(edge.from.0 as usize);
    }
    for (index, template) in templates {
        let mut upstream = None;
        for expression in template.expressions() {
            let place = Place {
                document,
                index: *index,
                expression,
            };
            for name in &expression.named_nodes() {
                let Some(other) = names.get(name.as_str()) else {
                    let known: Vec<_> = names.keys().collect();
                    let hint = did_you_mean(name, &known);
                    let message = format!(
                        "`{}` names a node `{name}` that is not there{hint}",
                        expression.source
                    );
                    place.add(ProblemCode::ExpressionNodeUnknown, message, report);
                    continue;
                };
                let upstream = upstream.get_or_insert_with(|| ancestors(*index, &predecessors));
                if !upstream[*other] {
                    let message = format!(
                        "`{}` looks at `{name}`, which does not run before this node on any path",
                        expression.source
                    );
                    place.warn(ProblemCode::ExpressionNodeNotUpstream, message, report);
                }
            }
        }
    }
}

/// By index: whether a path leads from that node to `of`.
fn ancestors(of: usize, predecessors: &[Vec<usize>]) -> Vec<bool> {
    let mut found = vec![false; predecessors.len()];
    let mut waiting = predecessors[of].clone();
    while let Some(index) = waiting.pop() {
        if !std::mem::replace(&mut found[index], true) {
            waiting.extend(&predecessors[index]);
        }
    }
    found
}

struct Place<'a> {
    document: &'a Document,
    index: usize,
    expression: &'a Expression,
}

impl Place<'_> {
    fn add(&self, code: ProblemCode, message: String, report: &mut Report) {
        let node = &self.document.nodes[self.index];
        report.add(
            severity_for(node),
            code,
            self.pointer(),
            Some(&node.name),
            message,
        );
    }

    fn warn(&self, code: ProblemCode, message: String, report: &mut Report) {
        let node = &self.document.nodes[self.index];
        report.add(Severity::Warning, code, self.pointer(), Some(&node.name), message);
    }

    fn pointer(&self) -> String {
        format!("/nodes/{}/params{}", self.index, self.expression.pointer)
    }
}
