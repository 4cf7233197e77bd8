use monshyflow_engine::{Call, Origin, Place, Run, SkipReason, StepState};
use monshyflow_ids::TenantId;
use monshyflow_items::{Item, ItemList};
use monshyflow_journal::{Error, Journal};
use monshyflow_workflow::{NodeIndex, PortIndex, Workflow};

use crate::emission::items_in;

/// Most steps back. Only a very long chain or a loop of very many rounds comes near.
const MOST_STEPS: usize = 10_000;

/// What a run has done so far, for questions where an item came from.
pub(crate) struct Lineage<'a> {
    pub(crate) journal: &'a Journal,
    pub(crate) tenant: &'a TenantId,
    pub(crate) workflow: &'a Workflow,
    pub(crate) run: &'a Run,
}

/// An item where it arrived: index into all items of an input port of one call.
struct Arrived {
    call: Call,
    port: PortIndex,
    index: usize,
}

impl Lineage<'_> {
    /// The item of `ancestor` that the item number `index` of an input of the step that is being called came from: the first
    /// one, if several went into it.
    pub(crate) async fn find(
        &self,
        place: &Place,
        port: PortIndex,
        index: usize,
        ancestor: NodeIndex,
    ) -> Result<Option<Item>, Error> {
        let call = Call {
            place: place.clone(),
            number: self.run.last_call(place).unwrap_or(0),
        };
        let mut open = vec![Arrived { call, port, index }];
        for _ in 0..MOST_STEPS {
            let Some(arrived) = open.pop() else {
                return Ok(None);
            };
            let origin = self
                .run
                .origin(self.workflow, &arrived.call, arrived.port, arrived.index);
            let (call, list, index) = match origin {
                Some(Origin::Output {
                    node,
                    iteration,
                    call,
                    port,
                    index,
                }) => {
                    let place = Place { iteration, node };
                    let outputs = self.run.outputs_of(&place).unwrap_or(&[]);
                    let list = outputs
                        .iter()
                        .find(|(left, _)| *left == port)
                        .map(|(_, list)| list);
                    (Call { place, number: call }, list, index)
                }
                Some(Origin::Round {
                    node,
                    iteration,
                    call,
                    index,
                }) => {
                    let place = Place { iteration, node };
                    let call = Call { place, number: call };
                    let list = self.run.round_items(&call);
                    (call, list, index)
                }
                Some(Origin::Request { .. } | Origin::Resumed { .. } | Origin::Forgotten) | None => continue,
            };
            let Some(list) = list else { continue };
            if call.place.node == ancestor {
                return self.item(list, index).await;
            }
            open.extend(self.before(call, list, index).await?);
        }
        Ok(None)
    }

    /// What went into an item, last first.
    async fn before(&self, call: Call, list: &ItemList, index: usize) -> Result<Vec<Arrived>, Error> {
        if self.was_disabled(&call.place) {
            // Items of a disabled node still say where they came from before it.
            return Ok(vec![Arrived {
                call,
                port: PortIndex(0),
                index,
            }]);
        }
        let Some(item) = self.item(list, index).await? else {
            return Ok(Vec::new());
        };
        let refs = item.source.refs().iter().rev();
        Ok(refs
            .map(|from| Arrived {
                call: call.clone(),
                port: PortIndex(from.port),
                index: from.index as usize,
            })
            .collect())
    }

    fn was_disabled(&self, place: &Place) -> bool {
        let node = self.workflow.node(place.node);
        node.disabled
            && self.run.steps().any(|summary| {
                summary.step.place() == *place && summary.state == StepState::Skipped(SkipReason::Disabled)
            })
    }

    async fn item(&self, list: &ItemList, index: usize) -> Result<Option<Item>, Error> {
        let mut items = items_in(self.journal, self.tenant, list, index..index + 1).await?;
        Ok(items.pop())
    }
}
