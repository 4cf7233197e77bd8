//! From a document to the graph that runs, with every problem at once.

mod credentials;
mod edges;
mod expressions;
mod flow;
mod loops;
mod nodes;
mod params;
mod pinned;
mod report;
mod settings;
mod shape;

use std::collections::BTreeMap;
use std::sync::Arc;

use monshyflow_manifest::Budget;

use crate::{Document, Node, NodeType, NodeTypes, Problem, Severity, Workflow};
pub use loops::MAX_DEPTH;
use report::Report;

/// Most nodes of a workflow.
pub const MAX_NODES: usize = 2_000;

/// Most edges of a workflow.
pub const MAX_EDGES: usize = 10_000;

/// Makes the graph that runs. Warnings do not stop it: they are in `Workflow::warnings`.
///
/// # Errors
///
/// All problems, errors and warnings, rule by rule, if at least one is an error.
pub fn check(document: Document, types: &dyn NodeTypes) -> Result<Workflow, Vec<Problem>> {
    let mut report = Report::default();
    if !within_limits(&document, &mut report) {
        return Err(report.into_problems());
    }
    settings::check_name(&document.name, &mut report);
    let workflow_settings = settings::workflow(&document.settings, &mut report);
    let found = nodes::look_up(&document, types, &mut report);
    let edges = edges::resolve(&document, &found, &mut report);
    shape::check(&document, &found, &edges, &mut report);
    loops::check(&document, &found, &edges, &mut report);

    let mut budget = Budget::default();
    let mut templates = Vec::with_capacity(document.nodes.len());
    let mut nodes = Vec::with_capacity(document.nodes.len());
    for (index, (node, node_type)) in document.nodes.iter().zip(&found).enumerate() {
        let settings = settings::node(index, node, &mut report);
        let Some(node_type) = node_type else { continue };
        let credentials = credentials::check(index, node, node_type, &mut report);
        templates.push((
            index,
            params::check(index, node, node_type, &mut budget, &mut report),
        ));
        nodes.push((node, node_type.clone(), credentials, settings));
    }
    expressions::check(&document, &templates, &edges, &mut report);
    let pinned = pinned::check(&document, &found, &mut report);

    let problems = report.into_problems();
    if problems.iter().any(|problem| problem.severity == Severity::Error) {
        return Err(problems);
    }
    let nodes = nodes.into_iter().zip(templates);
    let nodes = nodes
        .map(|((node, node_type, credentials, settings), (_, params))| Node {
            id: node.id.clone(),
            name: node.name.clone(),
            node_type,
            params,
            credentials,
            settings,
            disabled: node.disabled,
        })
        .collect();
    let edges = edges.into_iter().flatten().collect();
    let mut workflow = Workflow::new(document.name, nodes, edges, workflow_settings);
    workflow.warnings = problems;
    workflow.pinned = pinned;
    Ok(workflow)
}

/// What the catalog has for each node of the document, in the same order.
type Found = Vec<Option<Arc<NodeType>>>;

/// Node id -> index of the first node with that id.
type ById<'d> = BTreeMap<&'d str, usize>;

fn by_id(document: &Document) -> ById<'_> {
    document
        .nodes
        .iter()
        .enumerate()
        .rev()
        .map(|(index, node)| (node.id.as_str(), index))
        .collect()
}

fn within_limits(document: &Document, report: &mut Report) -> bool {
    use crate::ProblemCode::LimitExceeded;
    let (nodes, edges) = (document.nodes.len(), document.edges.len());
    if nodes > MAX_NODES {
        let message =
            format!("the workflow has {nodes} nodes, {MAX_NODES} are allowed: move a part into its own");
        report.error(LimitExceeded, "/nodes".into(), message);
    }
    if edges > MAX_EDGES {
        report.error(
            LimitExceeded,
            "/edges".into(),
            format!("there are {edges} edges, {MAX_EDGES} are allowed"),
        );
    }
    nodes <= MAX_NODES && edges <= MAX_EDGES
}
