//! The run of another workflow that deals with a failure of this one.

use std::sync::Arc;
use std::time::Duration;

use futures::future::BoxFuture;
use monshyflow_catalog::Which;
use monshyflow_engine::Event;
use monshyflow_ids::{RunId, TenantId, WorkflowId};
use monshyflow_items::{Item, Json};
use monshyflow_journal::Error as JournalError;
use serde_json::{Value, json};
use sha2::{Digest, Sha256};

use crate::drive::Drive;
use crate::rerun::RunLineage;
use crate::runner::Shared;
use crate::start::{StartRequest, Started, chain};
use crate::{Error, Runner};

/// Before a store that was away is asked again.
const TRY_AGAIN: Duration = Duration::from_secs(1);

/// All that it takes to begin it.
pub(crate) struct ErrorRun {
    shared: Arc<Shared>,
    tenant: TenantId,
    failed: RunId,
    /// Follows from the id of the failed run.
    id: RunId,
    workflow: WorkflowId,
    summary: Value,
}

impl ErrorRun {
    /// Begun before the end of the failed run is recorded, with all before it durable: if the process dies in between, whoever
    /// takes that run up finds that it failed, and begins this one again or finds it.
    pub(crate) async fn begin(self) -> Result<(), Error> {
        loop {
            let error = match self.try_to_begin().await {
                Ok(()) => return Ok(()),
                Err(Error::Journal(JournalError::Unavailable(why))) => {
                    tracing::warn!(why, "the error workflow cannot be started; trying again");
                    self.shared.clock.sleep(TRY_AGAIN).await;
                    continue;
                }
                Err(Error::ShuttingDown) => return Err(Error::ShuttingDown),
                Err(error) => error,
            };
            // The failed run's own end must not depend on the other workflow.
            let (run, workflow) = (self.failed, self.workflow);
            tracing::warn!(%run, %workflow, error = %chain(&error), "the error workflow was not started");
            return Ok(());
        }
    }

    async fn try_to_begin(&self) -> Result<(), Error> {
        let runner = Runner(self.shared.clone());
        match runner.doc(&self.tenant, self.id).await {
            Ok(_) => return Ok(()),
            Err(Error::NotFound { .. }) => {}
            Err(error) => return Err(error),
        }
        let request = StartRequest {
            which: Which::Published,
            id: Some(self.id),
            by: Some("error-trigger"),
            items: Some(vec![Item::new(Json::from_value(&self.summary))]),
            lineage: RunLineage {
                failed: Some(self.failed),
                ..RunLineage::default()
            },
            ..StartRequest::default_for(self.workflow)
        };
        // Named and boxed, since starting a run leads to driving one.
        let started: BoxFuture<'_, Result<Started, Error>> = Box::pin(runner.start(&self.tenant, request));
        started.await.map(drop)
    }
}

impl Drive {
    /// Nothing if the author wants none, or if this run deals with a failure itself.
    pub(crate) fn error_run(&self, end: &Event) -> Option<ErrorRun> {
        let workflow = self.facts.graph.workflow.settings.error_workflow?;
        if !self.facts.published || self.facts.deals_with_failure {
            return None;
        }
        let digest: [u8; 32] = Sha256::digest(format!("{}\0error", self.facts.run)).into();
        let mut tail = [0; 10];
        tail.copy_from_slice(&digest[..10]);
        Some(ErrorRun {
            shared: self.shared.clone(),
            tenant: self.facts.tenant.clone(),
            failed: self.facts.run,
            id: RunId::at(self.facts.time_ms, tail),
            workflow,
            summary: self.summary(end),
        })
    }

    fn summary(&self, end: &Event) -> Value {
        let (doc, workflow) = (self.appender.doc(), &self.facts.graph.workflow);
        let (status, error) = match end {
            Event::RunFailed { node, error } => {
                let node = node.map(|node| workflow.node(node).name.as_str());
                let mut shown = json!({ "code": error.code, "message": error.message });
                if let Some(node) = node {
                    shown["node"] = json!(node);
                }
                ("failed", shown)
            }
            _ => {
                let message = "the run took longer than its workflow allows";
                ("timed-out", json!({ "code": "timed-out", "message": message }))
            }
        };
        json!({
            "run": {
                "id": self.facts.run.to_string(),
                "status": status,
                "error": error,
                "trigger": doc.trigger,
                "createdAt": doc.created_at.to_string(),
            },
            "workflow": {
                "id": self.facts.workflow.to_string(),
                "name": workflow.name,
                "version": doc.workflow_version,
            },
        })
    }
}
