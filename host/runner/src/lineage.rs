use monshyflow_engine::{Run, SkipReason, StepState};
use monshyflow_ids::TenantId;
use monshyflow_items::{Item, ItemList};
use monshyflow_journal::{Error, Journal};
use monshyflow_workflow::{NodeIndex, Workflow};

/// Most steps back. A graph has no cycle, so only a very long chain comes near.
const MOST_STEPS: usize = 10_000;

/// What a run has done so far, for questions where an item came from.
pub(crate) struct Lineage<'a> {
    pub(crate) journal: &'a Journal,
    pub(crate) tenant: &'a TenantId,
    pub(crate) workflow: &'a Workflow,
    pub(crate) run: &'a Run,
}

/// An item where it arrived: index into all items of an input port.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Arrived {
    node: NodeIndex,
    port: u16,
    index: usize,
}

/// An item where it left: index into all items of an output port.
struct Left<'a> {
    node: NodeIndex,
    list: &'a ItemList,
    index: usize,
}

impl Lineage<'_> {
    /// The item of `ancestor` that the item number `index` of `node`'s first input came from: the first one, if several went
    /// into it.
    pub(crate) async fn find(
        &self,
        node: NodeIndex,
        index: usize,
        ancestor: NodeIndex,
    ) -> Result<Option<Item>, Error> {
        let mut open = vec![Arrived { node, port: 0, index }];
        for _ in 0..MOST_STEPS {
            let Some(arrived) = open.pop() else {
                return Ok(None);
            };
            let Some(left) = self.left(arrived) else { continue };
            if left.node == ancestor {
                return self.item(left.list, left.index).await;
            }
            open.extend(self.before(&left).await?);
        }
        Ok(None)
    }

    /// Where an item that arrived had left: edges into one port follow each other in document order.
    fn left(&self, arrived: Arrived) -> Option<Left<'_>> {
        let mut index = arrived.index;
        for edge in self.workflow.incoming(arrived.node) {
            if edge.to_port.0 != arrived.port {
                continue;
            }
            let outputs = self.run.outputs(edge.from).unwrap_or(&[]);
            let Some((_, list)) = outputs.iter().find(|(port, _)| *port == edge.from_port) else {
                continue;
            };
            if index < list.len() {
                return Some(Left {
                    node: edge.from,
                    list,
                    index,
                });
            }
            index -= list.len();
        }
        None
    }

    /// What went into an item, last first.
    async fn before(&self, left: &Left<'_>) -> Result<Vec<Arrived>, Error> {
        let node = left.node;
        let passed_over = |summary: monshyflow_engine::StepSummary<'_>| {
            summary.step.node == node && summary.state == StepState::Skipped(SkipReason::Disabled)
        };
        if self.run.steps().any(passed_over) {
            // Items of a disabled node still say where they came from before it.
            return Ok(vec![Arrived {
                node,
                port: 0,
                index: left.index,
            }]);
        }
        let Some(item) = self.item(left.list, left.index).await? else {
            return Ok(Vec::new());
        };
        let refs = item.source.refs().iter().rev();
        Ok(refs
            .map(|from| Arrived {
                node,
                port: from.port,
                index: from.index as usize,
            })
            .collect())
    }

    async fn item(&self, list: &ItemList, index: usize) -> Result<Option<Item>, Error> {
        let mut first = 0;
        for segment in list.segments() {
            let count = segment.count() as usize;
            if index < first + count {
                let items = self.journal.load_segment(self.tenant, segment).await?;
                return Ok(items.get(index - first).cloned());
            }
            first += count;
        }
        Ok(None)
    }
}
