use std::time::Duration;

use axum::extract::State;
use axum::http::{HeaderName, header};
use metrics_exporter_prometheus::PrometheusHandle;
use tokio_util::sync::CancellationToken;

use crate::ApiState;
use crate::problems::PublicRefusals;

/// Samples wait in memory until they are sorted in; 3,000 requests a second make 1.5 MB in this time.
const UPKEEP: Duration = Duration::from_secs(10);

/// Answers with counters and times in Prometheus' text format.
///
/// No label carries data of a tenant.
#[utoipa::path(get, path = "/metrics", tag = "operations", security(()),
    responses(
        (status = 200, description = "The metrics.", body = String, content_type = "text/plain"),
        PublicRefusals,
    ))]
pub(crate) async fn metrics(State(state): State<ApiState>) -> ([(HeaderName, &'static str); 1], String) {
    (
        [(header::CONTENT_TYPE, "text/plain; version=0.0.4; charset=utf-8")],
        state.metrics().render(),
    )
}

/// Keeps recorded samples from piling up where nobody reads `/metrics`. Runs until `stopping`.
pub async fn drain_metrics(handle: PrometheusHandle, stopping: CancellationToken) {
    let mut ticks = tokio::time::interval(UPKEEP);
    while stopping.run_until_cancelled(ticks.tick()).await.is_some() {
        handle.run_upkeep();
    }
}
