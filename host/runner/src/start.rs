use std::sync::Arc;

use bytes::Bytes;
use jiff::Timestamp;
use monshyflow_catalog::{Graph, Which};
use monshyflow_engine::{Input, Plan, Run};
use monshyflow_ids::{RunId, TenantId, WorkflowId};
use monshyflow_items::{Item, ItemList, Json, Source};
use monshyflow_journal::{Appender, Error as JournalError, NewRun};
use monshyflow_sandbox::Evaluator;
use monshyflow_workflow::NodeIndex;
use serde_json::value::RawValue;
use tokio::sync::watch;

use crate::asked;
use crate::drive::{Drive, RunFacts};
use crate::flow::KeysOf;
use crate::gather::Gather;
use crate::hold::Heard;
use crate::rerun::RunLineage;
use crate::runner::Shared;
use crate::view::RunView;
use crate::{Error, Runner};

/// Somebody wants a workflow to run.
#[derive(Debug)]
pub struct StartRequest {
    pub workflow: WorkflowId,
    pub which: Which,
    /// One item per element of an array, otherwise one item; without it one empty item.
    pub input: Option<Box<RawValue>>,
    /// The run's own id; a new one if absent.
    pub id: Option<RunId>,
    /// Items instead of `input`, for runs that other runs begin.
    pub items: Option<Vec<Item>>,
    pub lineage: RunLineage,
    /// Id of the trigger node; may be left out if there is only one.
    pub trigger: Option<String>,
    /// Type of the trigger that counts if there are several and none is named.
    pub by: Option<&'static str>,
    /// Id of a node: only it and what it needs are run.
    pub to: Option<String>,
    /// Id of a node: only it is run, with the input as its own.
    pub only: Option<String>,
    /// The same key starts the same workflow only once within 24 hours.
    pub idempotency_key: Option<String>,
    /// The caller waits for the answer or the end, so the run need not be durable before its first effect or those.
    pub wait: bool,
}

impl StartRequest {
    /// The published version, without input, not waited for.
    pub fn default_for(workflow: WorkflowId) -> Self {
        let which = Which::Published;
        Self {
            workflow,
            which,
            input: None,
            id: None,
            items: None,
            lineage: RunLineage::default(),
            trigger: None,
            by: Some(BY_HAND),
            to: None,
            only: None,
            idempotency_key: None,
            wait: false,
        }
    }
}

/// A run was accepted, or will be with its first durable event if the caller waits.
#[derive(Debug)]
pub struct Started {
    pub run: RunId,
    /// The idempotency key had started it before, or the workflow allows no other beside it.
    pub existing: bool,
    heard: Option<watch::Receiver<Heard>>,
}

impl Started {
    pub(crate) fn new(run: RunId, heard: watch::Receiver<Heard>) -> Self {
        Self {
            run,
            existing: false,
            heard: Some(heard),
        }
    }

    /// Waits for the end of the run. Nothing if it was let go of, or was started by another process.
    pub async fn finished(self) -> Option<Arc<RunView>> {
        self.heard(|heard| heard.ended.clone()).await
    }

    /// Waits for something that is heard of the run; nothing if it is let go of before.
    pub(crate) async fn heard<T>(self, what: impl Fn(&Heard) -> Option<T>) -> Option<T> {
        let mut heard = self.heard?;
        let there = heard.wait_for(|heard| what(heard).is_some()).await.ok()?;
        what(&there)
    }
}

impl Runner {
    pub async fn start(&self, tenant: &TenantId, request: StartRequest) -> Result<Started, Error> {
        if self.0.closing.is_cancelled() {
            return Err(Error::ShuttingDown);
        }
        let (graph, version) = self
            .0
            .catalog
            .find_graph(tenant, request.workflow, request.which)
            .await?;
        let plan = plan(&graph, &request)?;
        let trigger = match &request.only {
            Some(only) => find_node(&graph, only)?,
            None => find_trigger(&graph, request.trigger.as_deref(), request.by)?,
        };
        let asked = request
            .idempotency_key
            .as_ref()
            .map(|_| asked::of_start(&request));
        let input = match request.items {
            Some(items) => items.into_iter().map(without_source).collect(),
            None => items_of(request.input)?,
        };
        let run: RunId = request.id.unwrap_or_else(|| self.0.clock.id());
        let mut lineage = request.lineage;
        lineage.asked = lineage.asked.or(asked);
        if version.is_some() && plan == Plan::default() {
            let (workflow, first) = (request.workflow, input.first());
            let of = KeysOf {
                tenant,
                run,
                workflow,
                graph: &graph,
                trigger,
                first,
            };
            lineage.flow = self.flow_keys(of).await?;
        }
        let new = NewRun {
            id: run,
            workflow_id: request.workflow,
            workflow_version: version,
            document: graph.digest.clone(),
            trigger: graph.workflow.node(trigger).node_type.name.name().to_owned(),
            idempotency_key: request.idempotency_key,
            singleton_key: lineage.singleton_key(),
            options: lineage.to_value(),
        };
        let durable = !request.wait || new.idempotency_key.is_some() || lineage.flow.is_some();
        let mut input = Some(input);
        loop {
            // Only another run with its singleton key makes it try again.
            let items = match new.singleton_key {
                Some(_) => input.clone(),
                None => input.take(),
            };
            let asked = (trigger, items.unwrap_or_default(), plan.clone());
            let started = self.begin(tenant, new.clone(), &graph, asked, durable).await;
            let Err(Error::Journal(JournalError::Singleton { existing })) = started else {
                return started;
            };
            if let Some(started) = self.make_way(tenant, &graph, &lineage, existing).await? {
                return Ok(started);
            }
        }
    }

    async fn begin(
        &self,
        tenant: &TenantId,
        new: NewRun,
        graph: &Arc<Graph>,
        (trigger, input, plan): (NodeIndex, Vec<Item>, Plan),
        durable: bool,
    ) -> Result<Started, Error> {
        let (run, asked) = (new.id, RunLineage::of(&new.options).asked);
        let appender = self.0.journal.begin_deferred(tenant, new, graph.workflow.clone());
        let input = segmented(&appender, input).await?;
        let facts = facts(&self.0, tenant, run, graph, &appender);
        let mut drive = Drive::new(self.0.clone(), facts, appender, Run::new());
        drive.request(trigger, input, plan)?;
        if !durable {
            return self.drive_new(drive);
        }
        let (runner, tenant) = (self.clone(), tenant.clone());
        self.whatever_happens(async move {
            match drive.appender.flush().await {
                Ok(()) => runner.drive_new(drive),
                Err(JournalError::Duplicate { existing }) => {
                    runner.started_before(&tenant, existing, asked.as_deref()).await
                }
                Err(error) => Err(error.into()),
            }
        })
        .await
    }

    fn drive_new(&self, drive: Drive) -> Result<Started, Error> {
        let run = drive.facts.run;
        let hold = self.hold(&drive.facts.tenant, run, None);
        let hold = hold.ok_or(Error::Journal(JournalError::LostLease))?;
        let heard = hold.spawn(|commands| drive.start(commands));
        Ok(Started::new(run, heard))
    }

    /// Does it to the end, even if whoever wants it goes away meanwhile, such as a client that hangs up: a run that is in
    /// the store as held by this process must be driven by it.
    pub(crate) async fn whatever_happens<T: Send + 'static>(
        &self,
        deed: impl Future<Output = Result<T, Error>> + Send + 'static,
    ) -> Result<T, Error> {
        // It ends without a result only if it panicked, of which the log tells.
        self.0.tasks.spawn(deed).await.unwrap_or(Err(Error::ShuttingDown))
    }

    pub(crate) fn existing(&self, run: RunId) -> Started {
        let heard = self.0.active().get(&run).map(|active| active.heard.clone());
        Started {
            run,
            existing: true,
            heard,
        }
    }
}

impl Drive {
    /// The first event: what was asked for.
    fn request(&mut self, trigger: NodeIndex, input: ItemList, plan: Plan) -> Result<(), Error> {
        let workflow = self.facts.graph.workflow.clone();
        let request = Input::Request { trigger, input, plan };
        let effects = monshyflow_engine::step(&workflow, &mut self.run.change(), request);
        for effect in effects {
            if let monshyflow_engine::Effect::Record(event) = effect {
                self.appender.record(&event)?;
            }
        }
        Ok(())
    }
}

pub(crate) fn facts(
    shared: &Shared,
    tenant: &TenantId,
    run: RunId,
    graph: &Arc<Graph>,
    appender: &Appender,
) -> RunFacts {
    let doc = appender.doc();
    let lineage = RunLineage::of(&doc.options);
    RunFacts {
        steps_of: lineage.steps_of.unwrap_or(run),
        resumes: lineage.resumes(),
        depth: lineage.depth,
        deals_with_failure: lineage.failed.is_some(),
        tenant: tenant.clone(),
        run,
        workflow: doc.workflow_id,
        graph: graph.clone(),
        egress: shared.egress.of(tenant),
        time_ms: unix_millis(doc.created_at),
        published: doc.workflow_version.is_some(),
        resume_url: shared.resume_url(tenant, run),
        evaluator: shared.evaluator.as_ref().map(Evaluator::start),
    }
}

pub(crate) fn unix_millis(time: Timestamp) -> u64 {
    u64::try_from(time.as_millisecond()).unwrap_or(0)
}

/// Pinned items stand in for calls in runs of a draft, which an editor starts to try things.
fn plan(graph: &Graph, request: &StartRequest) -> Result<Plan, Error> {
    let to = request.to.as_deref().or(request.only.as_deref());
    Ok(Plan {
        to: to.map(|id| find_node(graph, id)).transpose()?,
        pins: matches!(request.which, Which::Draft) && request.only.is_none(),
    })
}

pub(crate) fn find_node(graph: &Graph, id: &str) -> Result<NodeIndex, Error> {
    let found = graph.workflow.by_id(id);
    found.ok_or_else(|| {
        Error::refused(
            "unknown-node",
            format!("the workflow has no node with the id `{id}`"),
        )
    })
}

/// The trigger of people, who may start a workflow by any other one, too, to try it.
const BY_HAND: &str = "manual-trigger";

fn find_trigger(graph: &Graph, wanted: Option<&str>, by: Option<&str>) -> Result<NodeIndex, Error> {
    let workflow = &graph.workflow;
    let is_trigger = |index: &NodeIndex| workflow.node(*index).node_type.is_trigger();
    if let Some(wanted) = wanted {
        let found = workflow.by_id(wanted).filter(is_trigger);
        return found
            .ok_or_else(|| Error::refused("unknown-trigger", format!("there is no trigger `{wanted}`")));
    }
    let enabled = |index: &NodeIndex| !workflow.node(*index).disabled;
    let triggers: Vec<NodeIndex> = workflow.indices().filter(is_trigger).filter(enabled).collect();
    let type_name = |index: &NodeIndex| workflow.node(*index).node_type.name.name();
    let mut meant = triggers.iter().filter(|index| Some(type_name(index)) == by);
    if let (Some(only), None) = (meant.next(), meant.next()) {
        return Ok(*only);
    }
    if let Some(by) = by.filter(|by| *by != BY_HAND) {
        let message = format!(
            "the workflow is started by its node of the type `{by}`, of which it needs exactly one that is enabled: add it, \
             or disable the others, and publish"
        );
        return Err(Error::refused("no-trigger", message));
    }
    match triggers.as_slice() {
        [only] => Ok(*only),
        [] => Err(Error::refused(
            "no-trigger",
            "the workflow has no enabled trigger to start from",
        )),
        several => {
            let ids: Vec<&str> = several
                .iter()
                .map(|index| workflow.node(*index).id.as_str())
                .collect();
            let message = format!(
                "the workflow has several triggers: name one in `trigger`: {}",
                ids.join(", ")
            );
            Err(Error::refused("ambiguous-trigger", message))
        }
    }
}

/// The run's first items, sharing the memory of the text that came in.
pub(crate) fn items_of(input: Option<Box<RawValue>>) -> Result<Vec<Item>, Error> {
    let Some(raw) = input else {
        return Ok(vec![Item::new(Json::empty_object())]);
    };
    let text = Bytes::from(String::from(Box::<str>::from(raw)));
    let refuse = |error: String| Error::refused("invalid-input", format!("the run's input: {error}"));
    if !text.trim_ascii_start().starts_with(b"[") {
        return Ok(vec![Item::new(
            Json::parse(text).map_err(|error| refuse(error.to_string()))?,
        )]);
    }
    let elements: Vec<&RawValue> =
        serde_json::from_slice(&text).map_err(|error| refuse(error.to_string()))?;
    let items = elements.into_iter().enumerate().map(|(index, element)| {
        let json = Json::parse(text.slice_ref(element.get().as_bytes()));
        json.map(Item::new)
            .map_err(|error| refuse(format!("item {index}: {error}")))
    });
    items.collect()
}

/// For an item of another run: nothing in this one is where it came from.
pub(crate) fn without_source(item: Item) -> Item {
    Item {
        source: Source::None,
        ..item
    }
}

/// Large inputs go to the object store before an event names them, in segments that batches are made of.
async fn segmented(appender: &Appender, items: Vec<Item>) -> Result<ItemList, Error> {
    let mut gather = Gather::default();
    for item in items {
        gather
            .store(appender, monshyflow_workflow::PortIndex(0), item)
            .await?;
    }
    let list = gather.finish().pop().map(|(_, list)| list).unwrap_or_default();
    let mut list = appender.store_list(list).await?;
    if list.segments().len() > 1 {
        // Each item in memory keeps the whole text in memory that came in.
        list.forget_stored();
    }
    Ok(list)
}

pub(crate) fn chain(error: &dyn std::error::Error) -> String {
    let mut text = error.to_string();
    let mut source = error.source();
    while let Some(cause) = source {
        text.push_str(": ");
        text.push_str(&cause.to_string());
        source = cause.source();
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    fn raw(text: &str) -> Option<Box<RawValue>> {
        Some(RawValue::from_string(text.to_owned()).unwrap())
    }

    fn texts(input: Option<Box<RawValue>>) -> Vec<String> {
        items_of(input)
            .unwrap()
            .iter()
            .map(|item| item.json.as_str().to_owned())
            .collect()
    }

    #[test]
    fn input_becomes_items() {
        assert_eq!(texts(None), ["{}"]);
        assert_eq!(texts(raw(r#"{"a": 1}"#)), [r#"{"a": 1}"#]);
        assert_eq!(
            texts(raw(r#" [{"a":1}, 2, "x"] "#)),
            [r#"{"a":1}"#, "2", r#""x""#]
        );
        assert!(texts(raw("[]")).is_empty());
        assert!(items_of(raw(&format!("[{}{}]", "[".repeat(126), "]".repeat(126)))).is_ok());
    }
}
