use std::sync::Arc;

use monshyflow_engine::Event;
use monshyflow_ids::TenantId;
use monshyflow_workflow::Workflow;

use crate::appender::Start;
use crate::{Appender, Error, Journal, NewRun, RunDoc};

impl Journal {
    /// A run that this worker starts and holds. Nothing is written yet: it is accepted by its first flush, which for a run
    /// that is over by then is also its last.
    pub fn begin_deferred(&self, tenant: &TenantId, run: NewRun, workflow: Arc<Workflow>) -> Appender {
        let id = run.id;
        Appender::new(self, tenant, id, workflow, Start::new(self.held_doc(run)))
    }

    /// A run that begins with what another one did. Nothing is written before `Appender::accept`, not even in the background:
    /// of a run with half of a copied history the rest would be done again.
    pub fn begin_copy(&self, tenant: &TenantId, run: NewRun, workflow: Arc<Workflow>) -> Appender {
        let id = run.id;
        let start = Start {
            hidden: true,
            ..Start::new(self.held_doc(run))
        };
        Appender::new(self, tenant, id, workflow, start)
    }

    fn held_doc(&self, run: NewRun) -> RunDoc {
        let mut doc = RunDoc::new(run, self.now());
        doc.fence = 1;
        doc.lease_owner = Some(self.worker);
        doc.lease_until = Some(self.lease_until());
        doc
    }

    /// A run that this worker holds, accepted with its first events when this answers.
    pub async fn begin_durable(
        &self,
        tenant: &TenantId,
        run: NewRun,
        workflow: Arc<Workflow>,
        events: &[Event],
    ) -> Result<Appender, Error> {
        let appender = self.begin_deferred(tenant, run, workflow);
        for event in events {
            appender.record(event)?;
        }
        appender.flush().await?;
        Ok(appender)
    }

    /// A run that waits for a worker, accepted with its first events (`run-requested`) when this answers.
    pub async fn create(
        &self,
        tenant: &TenantId,
        run: NewRun,
        workflow: Arc<Workflow>,
        events: &[Event],
    ) -> Result<(), Error> {
        let id = run.id;
        let doc = RunDoc::new(run, self.now());
        let appender = Appender::new(self, tenant, id, workflow, Start::new(doc));
        for event in events {
            appender.record(event)?;
        }
        appender.flush().await
    }
}
