use crate::{Edge, LoopPorts, NodeIndex};

/// Which nodes run within which loops, by node index.
#[derive(Debug)]
pub(crate) struct Scopes {
    /// The innermost loop around each node. Means something only where bodies nest.
    pub(crate) innermost: Vec<Option<NodeIndex>>,
    /// What is reached from the port `body` without passing through the input `next` of any loop, ascending.
    pub(crate) bodies: Vec<Vec<NodeIndex>>,
}

impl Scopes {
    /// `loops` and `outgoing` are by node index.
    pub(crate) fn of(loops: &[Option<LoopPorts>], outgoing: &[Vec<Edge>]) -> Self {
        let bodies: Vec<Vec<NodeIndex>> = (0..loops.len())
            .map(|index| body(index, loops, outgoing))
            .collect();
        let mut innermost: Vec<Option<NodeIndex>> = vec![None; loops.len()];
        for (index, body) in bodies.iter().enumerate() {
            for node in body {
                let known = &mut innermost[node.0 as usize];
                // Of nested bodies the smallest is the innermost.
                if known.is_none_or(|known| bodies[known.0 as usize].len() > body.len()) {
                    *known = Some(NodeIndex(index as u32));
                }
            }
        }
        Self { innermost, bodies }
    }

    pub(crate) fn holds(&self, body_of: NodeIndex, node: NodeIndex) -> bool {
        self.bodies[body_of.0 as usize].binary_search(&node).is_ok()
    }
}

fn body(index: usize, loops: &[Option<LoopPorts>], outgoing: &[Vec<Edge>]) -> Vec<NodeIndex> {
    let Some(ports) = loops[index] else {
        return Vec::new();
    };
    let is_next = |edge: &Edge| loops[edge.to.0 as usize].is_some_and(|ports| ports.next == edge.to_port);
    let mut reached = vec![false; loops.len()];
    let mut open: Vec<&Edge> = outgoing[index]
        .iter()
        .filter(|edge| edge.from_port == ports.body)
        .collect();
    while let Some(edge) = open.pop() {
        let to = edge.to.0 as usize;
        if !is_next(edge) && to != index && !std::mem::replace(&mut reached[to], true) {
            open.extend(&outgoing[to]);
        }
    }
    (0..loops.len() as u32)
        .map(NodeIndex)
        .filter(|node| reached[node.0 as usize])
        .collect()
}
