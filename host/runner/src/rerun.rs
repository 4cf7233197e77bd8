//! Runs that begin with what an earlier run did.

use std::sync::Arc;

use monshyflow_catalog::{Graph, Which};
use monshyflow_engine::{Again, Event, Run, reopen, replay};
use monshyflow_ids::{RunId, TenantId};
use monshyflow_journal::{Error as JournalError, NewRun, RunDoc};
use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::asked;
use crate::drive::Drive;
use crate::flow::FlowKeys;
use crate::start::{StartRequest, Started, facts, find_node};
use crate::{Error, Runner};

/// What to do with an earlier run.
#[derive(Debug)]
pub enum RerunRequest {
    /// Go on where it failed or was stopped; what was done stays done.
    Resume,
    /// The same input again, with the same version, or with another one.
    Replay { which: Option<Which> },
    /// This node and all behind it, or behind it up to `to`, on what the earlier run brought to them.
    From {
        node: String,
        to: Option<String>,
        which: Option<Which>,
    },
}

/// Where a run comes from, in the options of its document.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct RunLineage {
    #[serde(skip_serializing_if = "Option::is_none")]
    /// The run that called it.
    pub parent: Option<RunId>,
    #[serde(skip_serializing_if = "is_zero")]
    /// Number of runs above it.
    pub depth: u32,
    /// The run that this one takes up or repeats.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub after: Option<RunId>,
    #[serde(skip_serializing_if = "Option::is_none")]
    /// The run whose name the ids of its steps bear.
    pub steps_of: Option<RunId>,
    /// What its flow control goes by.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) flow: Option<FlowKeys>,
    #[serde(skip_serializing_if = "Option::is_none")]
    /// The run whose failure it deals with.
    pub failed: Option<RunId>,
    #[serde(skip_serializing_if = "Option::is_none")]
    /// Digest of the wish that its idempotency key came with.
    pub(crate) asked: Option<String>,
}

fn is_zero(depth: &u32) -> bool {
    *depth == 0
}

impl RunLineage {
    pub(crate) fn of(options: &Value) -> Self {
        serde_json::from_value(options.clone()).unwrap_or_default()
    }

    /// The run that this one goes on with, and does not repeat.
    pub(crate) fn resumes(&self) -> Option<RunId> {
        self.after.filter(|_| self.steps_of.is_some())
    }

    pub(crate) fn singleton_key(&self) -> Option<String> {
        self.flow.as_ref()?.singleton.clone()
    }

    pub(crate) fn to_value(&self) -> Value {
        match serde_json::to_value(self) {
            Ok(Value::Object(fields)) if fields.is_empty() => Value::Null,
            other => other.unwrap_or_default(),
        }
    }
}

impl Runner {
    /// Starts a new run that begins with what an earlier one did. The earlier one stays as it is. The key counts as in
    /// `StartRequest`.
    pub async fn rerun(
        &self,
        tenant: &TenantId,
        earlier: RunId,
        request: RerunRequest,
        idempotency_key: Option<String>,
    ) -> Result<Started, Error> {
        let mut doc = self.doc(tenant, earlier).await?;
        let asked = idempotency_key
            .as_ref()
            .map(|_| asked::of_rerun(earlier, &request));
        doc.idempotency_key = idempotency_key;
        let lineage = RunLineage {
            asked,
            ..RunLineage::default()
        };
        if !doc.status.is_terminal() {
            return Err(Error::refused("run-not-ended", "the run has not ended yet"));
        }
        match request {
            RerunRequest::Replay { which } => self.repeat((tenant, earlier), doc, which, lineage).await,
            RerunRequest::Resume => {
                let run = self.0.clock.id();
                self.resume(tenant, earlier, doc, run, lineage).await
            }
            RerunRequest::From { node, to, which } => {
                let (graph, version) = self.graph_for(tenant, &doc, which).await?;
                let again = Again {
                    from: Some(find_node(&graph, &node)?),
                    to: to.map(|to| find_node(&graph, &to)).transpose()?,
                    pins: which.map(|_| version.is_none()),
                };
                doc.workflow_version = version;
                let lineage = RunLineage {
                    after: Some(earlier),
                    ..lineage
                };
                let events = self.events_from(tenant, earlier, &graph, &again).await?;
                let run = self.0.clock.id();
                self.begin_with(tenant, run, events, doc, graph, lineage).await
            }
        }
    }

    /// As the run with this id, and with the rest of its lineage. Of `doc` the idempotency key is the new run's.
    pub(crate) async fn resume(
        &self,
        tenant: &TenantId,
        earlier: RunId,
        doc: RunDoc,
        run: RunId,
        lineage: RunLineage,
    ) -> Result<Started, Error> {
        let graph = self.0.catalog.graph(tenant, &doc.document).await?;
        let events = self
            .events_from(tenant, earlier, &graph, &Again::default())
            .await?;
        let lineage = RunLineage {
            after: Some(earlier),
            // Requests that were made are not to be made again under another name.
            steps_of: RunLineage::of(&doc.options).steps_of.or(Some(earlier)),
            ..lineage
        };
        self.begin_with(tenant, run, events, doc, graph, lineage).await
    }

    async fn repeat(
        &self,
        (tenant, earlier): (&TenantId, RunId),
        doc: RunDoc,
        which: Option<Which>,
        lineage: RunLineage,
    ) -> Result<Started, Error> {
        let old = self.0.catalog.graph(tenant, &doc.document).await?;
        let mut events = self
            .0
            .journal
            .load_events(tenant, earlier, &old.workflow)
            .await?
            .into_iter();
        let Some(Event::RunRequested { trigger, input, plan }) = events.next() else {
            return Err(Error::refused("run-empty", "the run's history is empty"));
        };
        let input = self.0.journal.load_list(tenant, &input).await?;
        let id = |node| old.workflow.node(node).id.clone();
        let is_trigger = old.workflow.node(trigger).node_type.is_trigger();
        let which = which.unwrap_or(match doc.workflow_version {
            Some(version) => Which::Version(version),
            None => Which::Draft,
        });
        let request = StartRequest {
            which,
            items: Some(input.items_in_memory().into_iter().flatten().cloned().collect()),
            lineage: RunLineage {
                after: Some(earlier),
                ..lineage
            },
            trigger: is_trigger.then(|| id(trigger)),
            to: plan.to.filter(|_| is_trigger).map(id),
            only: plan.to.filter(|_| !is_trigger).map(id),
            idempotency_key: doc.idempotency_key,
            ..StartRequest::default_for(doc.workflow_id)
        };
        self.start(tenant, request).await
    }

    async fn graph_for(
        &self,
        tenant: &TenantId,
        doc: &RunDoc,
        which: Option<Which>,
    ) -> Result<(Arc<Graph>, Option<u32>), Error> {
        match which {
            Some(which) => Ok(self.0.catalog.find_graph(tenant, doc.workflow_id, which).await?),
            None => {
                let graph = self.0.catalog.graph(tenant, &doc.document).await?;
                Ok((graph, doc.workflow_version))
            }
        }
    }

    /// What of an earlier run's history a new one begins with.
    async fn events_from(
        &self,
        tenant: &TenantId,
        earlier: RunId,
        graph: &Graph,
        again: &Again,
    ) -> Result<Vec<Event>, Error> {
        let workflow = &graph.workflow;
        let events = self.0.journal.load_events(tenant, earlier, workflow).await;
        let events = events.map_err(|error| match error {
            monshyflow_journal::Error::Damaged(why) => Error::refused(
                "run-does-not-fit",
                format!("the run does not fit the workflow as it is now: {why}"),
            ),
            other => other.into(),
        })?;
        reopen(workflow, events, again).map_err(|error| Error::refused("run-does-not-fit", error.to_string()))
    }

    async fn begin_with(
        &self,
        tenant: &TenantId,
        run: RunId,
        events: Vec<Event>,
        doc: RunDoc,
        graph: Arc<Graph>,
        lineage: RunLineage,
    ) -> Result<Started, Error> {
        let flow = match doc.workflow_version {
            Some(_) => {
                self.flow_keys_again((tenant, run), (doc.workflow_id, &graph), &events)
                    .await?
            }
            None => None,
        };
        let lineage = RunLineage { flow, ..lineage };
        loop {
            let started = self
                .begin_copy(tenant, run, &events, &doc, &graph, &lineage)
                .await;
            let Err(Error::Journal(JournalError::Singleton { existing })) = started else {
                return started;
            };
            if let Some(started) = self.make_way(tenant, &graph, &lineage, existing).await? {
                return Ok(started);
            }
        }
    }

    async fn begin_copy(
        &self,
        tenant: &TenantId,
        run: RunId,
        events: &[Event],
        doc: &RunDoc,
        graph: &Arc<Graph>,
        lineage: &RunLineage,
    ) -> Result<Started, Error> {
        let workflow = &graph.workflow;
        let new = NewRun {
            id: run,
            workflow_id: doc.workflow_id,
            workflow_version: doc.workflow_version,
            document: graph.digest.clone(),
            trigger: doc.trigger.clone(),
            idempotency_key: doc.idempotency_key.clone(),
            singleton_key: lineage.singleton_key(),
            options: lineage.to_value(),
        };
        let appender = self.0.journal.begin_copy(tenant, new, workflow.clone());
        let mut state = Run::new();
        for event in events {
            replay(workflow, &mut state, event)
                .map_err(|error| Error::refused("run-does-not-fit", error.to_string()))?;
            appender.record(event)?;
            appender.room().await?;
        }
        let facts = facts(&self.0, tenant, run, graph, &appender);
        let mut drive = Drive::new(self.0.clone(), facts, appender, state);
        drive.seat.beginning();
        let (runner, asked) = (self.clone(), lineage.asked.clone());
        self.whatever_happens(async move {
            match drive.appender.accept().await {
                Ok(()) => {}
                Err(JournalError::Duplicate { existing }) => {
                    let tenant = &drive.facts.tenant;
                    return runner.started_before(tenant, existing, asked.as_deref()).await;
                }
                Err(error) => return Err(error.into()),
            }
            let hold = runner.hold(&drive.facts.tenant, run, None);
            let hold = hold.ok_or(Error::Journal(JournalError::LostLease))?;
            let heard = hold.spawn(|commands| drive.go_on(commands));
            Ok(Started::new(run, heard))
        })
        .await
    }
}
