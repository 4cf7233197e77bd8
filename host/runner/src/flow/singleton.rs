use std::sync::Arc;

use futures::future::BoxFuture;
use monshyflow_catalog::Graph;
use monshyflow_engine::CancelReason;
use monshyflow_ids::{RunId, TenantId};
use monshyflow_workflow::SingletonMode;

use crate::rerun::RunLineage;
use crate::start::Started;
use crate::view::RunView;
use crate::{Error, Runner};

impl Runner {
    /// Another run has the singleton key: answers with it, or ends it, after which the start is to be tried again.
    pub(crate) async fn make_way(
        &self,
        tenant: &TenantId,
        graph: &Arc<Graph>,
        lineage: &RunLineage,
        existing: RunId,
    ) -> Result<Option<Started>, Error> {
        if self.0.closing.is_cancelled() {
            return Err(Error::ShuttingDown);
        }
        if self.is_called_by(tenant, lineage, existing).await? {
            let message = format!(
                "run {existing} calls its own workflow, which allows one run of this key at a time (`settings.flow.singleton`)"
            );
            return Err(Error::refused("singleton-circle", message));
        }
        match graph
            .workflow
            .settings
            .flow
            .singleton
            .as_ref()
            .map(|one| one.mode)
        {
            Some(SingletonMode::Skip) => Ok(Some(self.existing(existing))),
            Some(SingletonMode::Cancel) | None => match self.end_of(tenant, existing).await {
                // It has ended, or was deleted since.
                Ok(_) | Err(Error::NotFound { .. }) => Ok(None),
                Err(error) => Err(error),
            },
        }
    }

    /// Named and boxed, since whatever ends a run may drive it, and that may start another.
    fn end_of<'a>(&'a self, tenant: &'a TenantId, run: RunId) -> BoxFuture<'a, Result<RunView, Error>> {
        Box::pin(self.cancel_because(tenant, run, CancelReason::Replaced))
    }

    /// A run that waits for the one that is to begin could neither be waited for nor ended first.
    async fn is_called_by(
        &self,
        tenant: &TenantId,
        lineage: &RunLineage,
        other: RunId,
    ) -> Result<bool, Error> {
        let mut parent = lineage.parent.or(lineage.failed);
        while let Some(caller) = parent {
            if caller == other {
                return Ok(true);
            }
            parent = match self.doc(tenant, caller).await {
                Ok(doc) => {
                    let lineage = RunLineage::of(&doc.options);
                    lineage.parent.or(lineage.failed)
                }
                Err(Error::NotFound { .. }) => None,
                Err(error) => return Err(error),
            };
        }
        Ok(false)
    }
}
