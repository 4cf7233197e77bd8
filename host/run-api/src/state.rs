use std::sync::Arc;

use axum::extract::FromRef;
use metrics_exporter_prometheus::PrometheusHandle;
use monshyflow_catalog::Catalog;
use monshyflow_journal::Journal;
use monshyflow_runner::Runner;
use monshyflow_web::ApiKeys;
use tokio_util::sync::CancellationToken;

/// What handlers work with. Cheap to clone.
#[derive(Debug, Clone)]
pub struct ApiState(Arc<Inner>);

#[derive(Debug)]
struct Inner {
    catalog: Catalog,
    runner: Runner,
    journal: Journal,
    keys: ApiKeys,
    metrics: PrometheusHandle,
    stopping: CancellationToken,
}

impl ApiState {
    /// Cancelling `stopping` ends event streams, and requests that only wait for a run, so that the server can drain.
    pub fn new(
        catalog: Catalog,
        runner: Runner,
        journal: Journal,
        keys: ApiKeys,
        metrics: PrometheusHandle,
        stopping: CancellationToken,
    ) -> Self {
        Self(Arc::new(Inner {
            catalog,
            runner,
            journal,
            keys,
            metrics,
            stopping,
        }))
    }

    pub(crate) fn catalog(&self) -> &Catalog {
        &self.0.catalog
    }

    pub(crate) fn runner(&self) -> &Runner {
        &self.0.runner
    }

    pub(crate) fn journal(&self) -> &Journal {
        &self.0.journal
    }

    pub(crate) fn metrics(&self) -> &PrometheusHandle {
        &self.0.metrics
    }

    pub(crate) fn stopping(&self) -> &CancellationToken {
        &self.0.stopping
    }
}

impl FromRef<ApiState> for ApiKeys {
    fn from_ref(state: &ApiState) -> Self {
        state.0.keys.clone()
    }
}
