use axum::extract::State;
use axum::response::IntoResponse;
use axum::response::sse::Event;
use futures::StreamExt;
use monshyflow_journal::Notice;
use monshyflow_web::{NoQuery, Query, Tenant};
use serde_json::json;

use crate::problems::Refusals;
use crate::{ApiState, sse};

/// Streams which of the tenant's runs start and end from now on, as server-sent events.
///
/// An event `run` has `{"run", "workflow", "status"}`. An event `missed` with `{"count"}` tells a reader that was
/// too slow to read the list of runs again.
#[utoipa::path(get, path = "/api/events", tag = "runs",
    responses((status = 200, description = "The events.", body = String, content_type = "text/event-stream"), Refusals))]
pub(crate) async fn live_events(
    Tenant(tenant): Tenant,
    State(state): State<ApiState>,
    _: Query<NoQuery>,
) -> impl IntoResponse {
    let events = state.journal().notices(&tenant).map(|notice| match notice {
        Notice::Run(notice) => {
            let (run, workflow) = (notice.run.to_string(), notice.workflow_id.to_string());
            let data = json!({ "run": run, "workflow": workflow, "status": notice.status.as_str() });
            Event::default().event("run").data(data.to_string())
        }
        Notice::Missed(count) => Event::default()
            .event("missed")
            .data(json!({ "count": count }).to_string()),
    });
    sse::stream(events.take_until(state.stopping().clone().cancelled_owned()))
}
