use std::collections::BTreeMap;

use super::report::{Report, severity_for};
use crate::suggest::did_you_mean;
use crate::{Code, Document, Edge, Expression, Origin, Path, ProblemCode, Root, Severity, Template};

/// Names that expressions may begin with, and those that they will once JavaScript is there.
const ROOTS: &[&str] = &["$json", "$input", "$node", "$itemIndex", "$run", "$workflow"];

/// Checks that expressions can be evaluated and that the nodes they name are there and have run before.
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
            if expression.code == Code::JavaScript {
                place.add(
                    ProblemCode::ExpressionUnsupported,
                    unsupported(expression),
                    report,
                );
            }
            for name in expression.paths().filter_map(named_node) {
                let Some(other) = names.get(name) else {
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

fn named_node(path: &Path) -> Option<&str> {
    match &path.root {
        Root::Items {
            origin: Origin::Node(name),
            ..
        } => Some(name),
        _ => None,
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

fn unsupported(expression: &Expression) -> String {
    let source = &expression.source;
    let root: String = source
        .chars()
        .take_while(|c| *c == '$' || c.is_alphanumeric())
        .collect();
    let hint = if root.starts_with('$') && root.len() > 1 && !ROOTS.contains(&root.as_str()) {
        did_you_mean(&root, ROOTS)
    } else {
        String::new()
    };
    let shown: String = source.chars().take(200).collect();
    format!(
        "`{shown}` is not understood: only paths such as `$json.a.b[0]` or `$('Name').first().json.id`, literals and `??` \
         work for now{hint}"
    )
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
