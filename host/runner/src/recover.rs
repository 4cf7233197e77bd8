use std::collections::HashSet;

use futures::StreamExt;
use monshyflow_engine::{Input, StepError};
use monshyflow_ids::{RunId, TenantId};
use monshyflow_journal::{Error as JournalError, RunDoc};

use crate::drive::{Command, Drive};
use crate::hold::Hold;
use crate::start::{chain, facts};
use crate::{Error, Runner};

/// Runs that are taken over at the same time.
const AT_ONCE: usize = 16;

impl Runner {
    /// Goes on with every run that nobody holds: those of a process that died, and those that were let go of. Answers how
    /// many there were.
    pub async fn recover(&self) -> Result<usize, Error> {
        self.watch_alarm().await?;
        let mut known = HashSet::new();
        loop {
            // No more than a page of them; the next one has those of this one only if they could not be taken over.
            let mut open = self.0.journal.recoverable().await?;
            open.retain(|(_, run, _)| known.insert(*run));
            if open.is_empty() {
                return Ok(known.len());
            }
            self.adopt_all(open).await;
        }
    }

    async fn adopt_all(&self, open: Vec<(TenantId, RunId, RunDoc)>) {
        let adoptions = futures::stream::iter(open).map(|(tenant, run, _)| async move {
            match self.adopt(&tenant, run, None).await {
                Ok(()) | Err(Error::Journal(JournalError::LostLease)) => {}
                Err(error) => tracing::error!(%run, error = %chain(&error), "a run could not be taken over"),
            }
        });
        adoptions.buffer_unordered(AT_ONCE).collect::<()>().await;
    }

    /// Takes over one run and drives it on. What is to be done first is there before it could be let go of again; it is
    /// dropped if somebody in this process drives the run already.
    pub(crate) async fn adopt(
        &self,
        tenant: &TenantId,
        run: RunId,
        first: Option<Command>,
    ) -> Result<(), Error> {
        let Some(hold) = self.hold(tenant, run, first) else {
            return Ok(());
        };
        let (runner, tenant) = (self.clone(), tenant.clone());
        self.whatever_happens(async move { runner.take_over(&tenant, run, hold).await })
            .await
    }

    async fn take_over(&self, tenant: &TenantId, run: RunId, hold: Hold) -> Result<(), Error> {
        let held = self.0.journal.take_over(tenant, run).await?;
        let graph = match self.0.catalog.graph(tenant, &held.doc().document).await {
            Ok(graph) => graph,
            Err(error) => {
                let message = format!("the run's workflow cannot be loaded: {}", chain(&error));
                held.fail(&lost_workflow(message)).await?;
                return Ok(());
            }
        };
        let (appender, state, past) = match held.load(graph.workflow.clone()).await {
            Ok(loaded) => loaded,
            Err(error @ JournalError::Damaged(_)) => {
                held.fail(&lost_workflow(format!("the run cannot go on: {}", chain(&error))))
                    .await?;
                return Ok(());
            }
            Err(error) => return Err(error.into()),
        };
        let facts = facts(&self.0, tenant, run, &graph, &appender);
        let drive = Drive::new(self.0.clone(), facts, appender, state).with_past(past);
        hold.spawn(|commands| drive.go_on(commands));
        Ok(())
    }
}

/// The run ends as failed instead of being tried again at every start.
pub(crate) fn lost_workflow(message: String) -> StepError {
    StepError {
        code: "workflow-lost".to_owned(),
        message,
        retryable: false,
        retry_after_ms: None,
        details: None,
    }
}

/// What ends a run that cannot go on.
pub(crate) fn abort(message: String) -> Input {
    let error = StepError {
        code: "history-too-large".to_owned(),
        message,
        retryable: false,
        retry_after_ms: None,
        details: None,
    };
    Input::Abort { error }
}
