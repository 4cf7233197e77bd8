use std::ops::Range;

use monshyflow_engine::{Place, Run, Seen, StepError};
use monshyflow_expressions::{Emitted, Output};
use monshyflow_ids::TenantId;
use monshyflow_items::{Item, ItemList};
use monshyflow_journal::{Error, Journal};
use monshyflow_workflow::{Branch, NodeIndex, OnError, Pick, PortIndex, Workflow};

use crate::call::unavailable;
use crate::view::output_name;

/// What a node emitted, as expressions of another see it.
pub(crate) struct Emission<T> {
    /// By index of the port.
    pub(crate) ports: Vec<T>,
    names: Vec<String>,
    /// The port by which the node leads to the reader.
    branch: usize,
    /// Index of the round that the reader sees.
    run: u32,
}

/// Items that were read into memory.
#[derive(Default)]
pub(crate) struct Held {
    first: Option<Item>,
    last: Option<Item>,
    all: Option<Vec<Item>>,
}

impl Emission<ItemList> {
    /// Nothing if the node has not run.
    pub(crate) fn seen(workflow: &Workflow, run: &Run, node: NodeIndex, from: &Place) -> Option<Self> {
        let Seen::Outputs { iteration, outputs } = run.outputs_at(workflow, node, from) else {
            return None;
        };
        let sender = workflow.node(node);
        let error_ports = u16::from(sender.settings.on_error == OnError::Port);
        let count = sender.node_type.error_port().0 + error_ports;
        let names: Vec<String> = (0..count)
            .map(|port| output_name(workflow, node, PortIndex(port)))
            .collect();
        let mut ports = vec![ItemList::default(); names.len()];
        for (port, list) in outputs {
            if let Some(place) = ports.get_mut(usize::from(port.0)) {
                *place = list.clone();
            }
        }
        let toward = workflow.port_toward(node, from.node);
        Some(Self {
            ports,
            names,
            branch: toward.map_or(0, |port| usize::from(port.0)),
            run: iteration.last().copied().unwrap_or(0),
        })
    }

    /// Indices of the ports that are meant.
    pub(crate) fn named(&self, branch: Branch) -> Range<usize> {
        let count = self.ports.len();
        let only = |index: usize| index.min(count)..(index + 1).min(count);
        match branch {
            Branch::Connected => only(self.branch),
            Branch::Index(index) => only(usize::from(index)),
            Branch::Any => 0..count,
        }
    }

    pub(crate) fn nothing_held(&self) -> Emission<Option<Held>> {
        Emission {
            ports: self.ports.iter().map(|_| None).collect(),
            names: self.names.clone(),
            branch: self.branch,
            run: self.run,
        }
    }
}

impl Emission<Option<Held>> {
    /// Of each port, all items that are held.
    pub(crate) fn lists(&self) -> Vec<Vec<&Item>> {
        let ports = self.ports.iter();
        ports
            .map(|held| held.as_ref().map(Held::list).unwrap_or_default())
            .collect()
    }

    pub(crate) fn outputs<'a>(&'a self, lists: &'a [Vec<&'a Item>]) -> Vec<Option<Output<'a>>> {
        let ports = self.ports.iter().zip(lists);
        ports
            .map(|(held, list)| held.as_ref().map(|held| held.output(list)))
            .collect()
    }

    pub(crate) fn emitted<'a>(&'a self, ports: &'a [Option<Output<'a>>]) -> Emitted<'a> {
        Emitted {
            branch: self.branch,
            ports,
            names: &self.names,
            run: self.run,
        }
    }
}

impl Held {
    /// `limit` bounds a list that is wanted whole, in bytes.
    pub(crate) async fn read(
        &mut self,
        journal: &Journal,
        tenant: &TenantId,
        list: &ItemList,
        pick: Pick,
        limit: u64,
    ) -> Result<(), StepError> {
        if pick == Pick::Item {
            return Ok(());
        }
        if let (None, Some(segment)) = (&self.first, list.segments().first()) {
            let items = journal.load_segment(tenant, segment).await.map_err(unavailable)?;
            self.first = items.first().cloned();
        }
        if let (None, Some(segment)) = (&self.last, list.segments().last()) {
            let items = journal.load_segment(tenant, segment).await.map_err(unavailable)?;
            self.last = items.last().cloned();
        }
        if pick != Pick::All || self.all.is_some() {
            return Ok(());
        }
        if list.size() > limit {
            return Err(StepError {
                code: "parameters-too-large".to_owned(),
                message: format!("`all()` would take {} bytes; the limit is {limit}", list.size()),
                retryable: false,
                retry_after_ms: None,
                details: None,
            });
        }
        let all = items_in(journal, tenant, list, 0..list.len()).await;
        self.all = Some(all.map_err(unavailable)?);
        Ok(())
    }

    pub(crate) fn list(&self) -> Vec<&Item> {
        self.all.iter().flatten().collect()
    }

    pub(crate) fn output<'a>(&'a self, list: &'a [&'a Item]) -> Output<'a> {
        Output {
            first: self.first.as_ref(),
            last: self.last.as_ref(),
            all: self.all.is_some().then_some(list),
        }
    }
}

/// Neighbours in a list, as many as there are.
pub(crate) async fn items_in(
    journal: &Journal,
    tenant: &TenantId,
    list: &ItemList,
    range: Range<usize>,
) -> Result<Vec<Item>, Error> {
    let mut found = Vec::new();
    let mut first = 0;
    for segment in list.segments() {
        let end = first + segment.count() as usize;
        if first < range.end && range.start < end {
            let items = journal.load_segment(tenant, segment).await?;
            let (skip, stop) = (range.start.max(first) - first, range.end.min(end) - first);
            found.extend(items.iter().take(stop).skip(skip).cloned());
        }
        first = end;
    }
    Ok(found)
}
