use std::collections::BTreeMap;
use std::sync::Arc;

use monshyflow_ids::{CredentialId, WorkflowId};
use serde_json::value::RawValue;

use crate::scopes::Scopes;
use crate::{Flow, LoopPorts, NodeType, Problem, Template};

/// Index of a node in `Workflow::nodes`, stable for a given document.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct NodeIndex(pub u32);

/// Index of an input or output port of a node type.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct PortIndex(pub u16);

/// A checked graph: every port exists, only loops close cycles and their bodies nest, parameters fit as far as they are known before the run.
#[derive(Debug)]
pub struct Workflow {
    pub name: String,
    pub nodes: Vec<Node>,
    pub settings: Settings,
    /// What `check` found worth saying though it does not stop the workflow.
    pub warnings: Vec<Problem>,
    /// What stands in for nodes' outputs in draft runs.
    pub pinned: BTreeMap<NodeIndex, Pinned>,
    /// Edges in the order of the document, which is the order in which lists are joined.
    edges: Vec<Edge>,
    incoming: Vec<Vec<Edge>>,
    outgoing: Vec<Vec<Edge>>,
    loops: Vec<Option<LoopPorts>>,
    scopes: Scopes,
}

/// JSON texts of items by output port.
pub type Pinned = BTreeMap<PortIndex, Vec<Box<RawValue>>>;

#[derive(Debug)]
pub struct Node {
    /// Stable over renames; what the history names.
    pub id: String,
    /// Unique; what expressions name.
    pub name: String,
    pub node_type: Arc<NodeType>,
    pub params: Template,
    pub credentials: BTreeMap<String, CredentialId>,
    pub settings: NodeSettings,
    pub disabled: bool,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Edge {
    pub from: NodeIndex,
    pub from_port: PortIndex,
    pub to: NodeIndex,
    pub to_port: PortIndex,
}

/// What a workflow's author set for the whole.
#[derive(Debug, Clone, PartialEq)]
pub struct Settings {
    /// IANA name.
    pub time_zone: String,
    /// Wall time of a run, without waiting.
    pub timeout_ms: Option<u64>,
    /// Nodes of one run that may be in a call at the same time.
    pub concurrency: u32,
    /// How its runs stand to each other.
    pub flow: Flow,
    /// What is run when a run of a published version fails or exceeds its time.
    pub error_workflow: Option<WorkflowId>,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NodeSettings {
    pub retry: Retry,
    pub timeout_ms: Option<u32>,
    pub on_error: OnError,
    /// An input that was delivered without items makes the node run instead of being skipped.
    pub run_on_empty: bool,
    /// Only the first item of each input is used.
    pub run_once: bool,
}

/// Tries again after errors that may pass.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Retry {
    /// All tries together, at least 1; 1 means never again.
    pub attempts: u32,
    /// Before the second try, milliseconds; doubles by `factor_percent` each time.
    pub delay_ms: u32,
    /// 200 doubles the delay, 100 keeps it.
    pub factor_percent: u32,
    pub max_delay_ms: u32,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum OnError {
    /// The run fails.
    Stop,
    /// The input items go on by the first output port, each with `error` attached.
    Continue,
    /// They leave by the port `error`.
    Port,
}

impl Workflow {
    /// Only `check` builds one, so that a `Workflow` is always sound.
    pub(crate) fn new(name: String, nodes: Vec<Node>, edges: Vec<Edge>, settings: Settings) -> Self {
        let mut incoming = vec![Vec::new(); nodes.len()];
        let mut outgoing = vec![Vec::new(); nodes.len()];
        for edge in &edges {
            incoming[edge.to.0 as usize].push(*edge);
            outgoing[edge.from.0 as usize].push(*edge);
        }
        let loops: Vec<_> = nodes.iter().map(|node| node.node_type.loop_ports()).collect();
        let scopes = Scopes::of(&loops, &outgoing);
        Self {
            name,
            loops,
            scopes,
            nodes,
            settings,
            warnings: Vec::new(),
            pinned: BTreeMap::new(),
            edges,
            incoming,
            outgoing,
        }
    }

    pub fn node(&self, index: NodeIndex) -> &Node {
        &self.nodes[index.0 as usize]
    }

    pub fn indices(&self) -> impl Iterator<Item = NodeIndex> + use<> {
        (0..self.nodes.len() as u32).map(NodeIndex)
    }

    pub fn by_id(&self, id: &str) -> Option<NodeIndex> {
        self.nodes
            .iter()
            .position(|node| node.id == id)
            .map(|index| NodeIndex(index as u32))
    }

    pub fn by_name(&self, name: &str) -> Option<NodeIndex> {
        self.nodes
            .iter()
            .position(|node| node.name == name)
            .map(|index| NodeIndex(index as u32))
    }

    pub fn edges(&self) -> &[Edge] {
        &self.edges
    }

    /// Edges into a node, in document order.
    pub fn incoming(&self, node: NodeIndex) -> &[Edge] {
        &self.incoming[node.0 as usize]
    }

    /// Edges out of a node, in document order.
    pub fn outgoing(&self, node: NodeIndex) -> &[Edge] {
        &self.outgoing[node.0 as usize]
    }

    /// The output port by which `from` leads to `to`: on the shortest way, the first of the document if there are several.
    /// Nothing if no way leads there.
    pub fn port_toward(&self, from: NodeIndex, to: NodeIndex) -> Option<PortIndex> {
        let mut seen = vec![false; self.nodes.len()];
        let mut ring = vec![to];
        while !ring.is_empty() {
            let edges: Vec<&Edge> = ring.iter().flat_map(|node| self.incoming(*node)).collect();
            if let Some(edge) = edges.iter().find(|edge| edge.from == from) {
                return Some(edge.from_port);
            }
            let unseen = edges.iter().map(|edge| edge.from);
            ring = unseen
                .filter(|node| !std::mem::replace(&mut seen[node.0 as usize], true))
                .collect();
        }
        None
    }

    /// The ports of a node that is a loop.
    pub fn loop_ports(&self, node: NodeIndex) -> Option<LoopPorts> {
        self.loops[node.0 as usize]
    }

    /// The edge closes a loop: it brings the result of a round back.
    pub fn is_next(&self, edge: &Edge) -> bool {
        self.loop_ports(edge.to)
            .is_some_and(|ports| ports.next == edge.to_port)
    }

    /// The edge brings the items of a round into the body of a loop.
    pub fn is_entry(&self, edge: &Edge) -> bool {
        self.loop_ports(edge.from)
            .is_some_and(|ports| ports.body == edge.from_port)
    }

    /// The innermost loop whose body holds the node.
    pub fn scope_of(&self, node: NodeIndex) -> Option<NodeIndex> {
        self.scopes.innermost[node.0 as usize]
    }

    /// All nodes of a loop's body in ascending order, those of loops within it too; empty for a node that is no loop.
    pub fn body(&self, node: NodeIndex) -> &[NodeIndex] {
        &self.scopes.bodies[node.0 as usize]
    }

    /// Number of loops around the node.
    pub fn depth(&self, node: NodeIndex) -> usize {
        self.scope_path(node).len()
    }

    /// The loops around the node, outermost first.
    pub fn scope_path(&self, node: NodeIndex) -> Vec<NodeIndex> {
        let mut path: Vec<_> =
            std::iter::successors(self.scope_of(node), |scope| self.scope_of(*scope)).collect();
        path.reverse();
        path
    }
}

impl Default for Retry {
    fn default() -> Self {
        Self {
            attempts: 1,
            delay_ms: 1_000,
            factor_percent: 200,
            max_delay_ms: 60_000,
        }
    }
}
