use axum::extract::State;
use axum::http::{HeaderMap, StatusCode};
use axum::response::sse::Event;
use axum::response::{IntoResponse, Response};
use futures::StreamExt;
use monshyflow_ids::{RunId, TenantId};
use monshyflow_journal::EventText;
use monshyflow_web::{Path, Problem, Query, Tenant};
use serde::Deserialize;

use super::place::RunPlace;
use crate::problems::Refusals;
use crate::refuse::Refusal;
use crate::{ApiState, code, sse};

/// Where to start.
#[derive(Debug, Deserialize, utoipa::IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub(crate) struct After {
    /// The last sequence number that the client has; events after it follow. The header Last-Event-ID wins.
    after: Option<u64>,
}

/// Streams a run's history as server-sent events.
///
/// Of each, `id` is the sequence number, `event` the type, `data` the event's JSON. It starts at the first event, goes
/// on live, and ends with the run. A client that lost the connection sends Last-Event-ID and misses and
/// repeats nothing; 204 says that nothing will follow.
#[utoipa::path(get, path = "/api/runs/{id}/events", tag = "runs",
    params(RunPlace, After, ("Last-Event-ID" = Option<u64>, Header, description = "The `id` of the last event seen.")),
    responses(
        (status = 200, description = "The events.", body = String, content_type = "text/event-stream"),
        (status = 204, description = "The run has ended, and the client has all of it."),
        Refusals,
    ))]
pub(crate) async fn run_events(
    Tenant(tenant): Tenant,
    State(state): State<ApiState>,
    Path(RunPlace { id }): Path<RunPlace>,
    Query(After { after }): Query<After>,
    headers: HeaderMap,
) -> Result<Response, Refusal> {
    let after = last_event_id(&headers)?.or(after);
    if let Some(after) = after
        && has_all(&state, &tenant, id, after).await?
    {
        return Ok(StatusCode::NO_CONTENT.into_response());
    }
    let events = state.journal().tail(&tenant, id, after.unwrap_or(0)).await?;
    let events = events.filter_map(move |event| {
        // After an error the stream is over; the client reconnects with Last-Event-ID and gets a proper answer.
        let logged =
            event.inspect_err(|error| tracing::error!(run = %id, %error, "an event stream broke off"));
        std::future::ready(logged.ok().map(sent))
    });
    Ok(sse::stream(events.take_until(state.stopping().clone().cancelled_owned())).into_response())
}

async fn has_all(state: &ApiState, tenant: &TenantId, run: RunId, after: u64) -> Result<bool, Refusal> {
    let ended = state.journal().run(tenant, run).await?.status.is_terminal();
    Ok(ended && state.journal().events(tenant, run, after).await?.is_empty())
}

fn sent(event: EventText) -> Event {
    Event::default()
        .id(event.seq.to_string())
        .event(event.kind)
        .data(event.json)
}

fn last_event_id(headers: &HeaderMap) -> Result<Option<u64>, Problem> {
    let Some(value) = headers.get("last-event-id") else {
        return Ok(None);
    };
    let id = value.to_str().ok().and_then(|text| text.parse().ok());
    let wrong = || {
        Problem::new(
            &code::INVALID_LAST_EVENT_ID,
            "Last-Event-ID is the `id` of an event: a whole number",
        )
    };
    id.map(Some).ok_or_else(wrong)
}
