use std::time::Duration;

use axum::extract::State;
use axum::http::{StatusCode, header};
use axum::response::{IntoResponse, Response};
use monshyflow_catalog::Which;
use monshyflow_ids::{RunId, TenantId};
use monshyflow_runner::{Answer, RunView, StartRequest, Started};
use monshyflow_web::{IdempotencyKey, Json, MIB, Path, Problem, Tenant, code};
use serde::{Deserialize, Serialize};
use serde_json::value::RawValue;
use utoipa::ToSchema;

use crate::ApiState;
use crate::problems::Refusals;
use crate::refuse::Refusal;
use crate::runs::wait::Wait;
use crate::workflows::WorkflowPlace;

const LARGEST_INPUT: usize = 16 * MIB;
const DEFAULT_PATIENCE_MS: u64 = 30_000;
const MOST_PATIENCE_MS: u64 = 300_000;

/// What to run. `{}` runs the published version without input.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub(crate) struct StartRun {
    /// An item's JSON, or an array of them; what the trigger emits.
    #[schema(value_type = Option<Value>)]
    input: Option<Box<RawValue>>,
    #[serde(default)]
    #[schema(inline)]
    wait: Wait,
    /// With `wait`: how long, 30 s if absent. The run goes on after that.
    #[schema(minimum = 1, maximum = 300_000)]
    timeout_ms: Option<u64>,
    /// Run the draft and not the published version.
    #[serde(default)]
    draft: bool,
    /// Run this version and not the published one.
    #[schema(minimum = 1)]
    version: Option<u32>,
    /// Id of the trigger node, where there are several.
    trigger: Option<String>,
    /// Id of a node: run only that node and what it needs.
    to: Option<String>,
    /// Id of a node: run only that node, on `input`. What its expressions read of other nodes is not there; a rerun `from` it
    /// and `to` it has what an earlier run brought.
    only: Option<String>,
}

/// A run that goes on.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct RunAccepted {
    id: String,
    /// Where it can be read.
    url: String,
    /// The same Idempotency-Key started it before.
    existing: bool,
}

/// Starts a run.
///
/// It is accepted when this is answered: it will end, whatever happens to the server.
#[utoipa::path(post, path = "/api/workflows/{id}/runs", tag = "runs",
    params(
        WorkflowPlace,
        ("Idempotency-Key" = Option<String>, Header,
            description = "For 24 hours, the same key of a workflow answers with the same run. With another request it answers 422.",
            max_length = 200),
    ),
    request_body = StartRun,
    responses(
        (status = 200, description = "With `wait`: the run has ended, well or not, or has answered and may go on.", body = RunView),
        (status = 202, description = "The run goes on, or waits for something.", body = RunAccepted, headers(("Location" = String))),
        Refusals,
    ))]
pub(crate) async fn start_run(
    Tenant(tenant): Tenant,
    State(state): State<ApiState>,
    Path(WorkflowPlace { id }): Path<WorkflowPlace>,
    key: Option<IdempotencyKey>,
    Json(body): Json<StartRun, LARGEST_INPUT>,
) -> Result<Response, Refusal> {
    let (wait, patience) = (body.wait, body.patience()?);
    let request = StartRequest {
        workflow: id,
        which: body.which()?,
        input: body.input,
        trigger: body.trigger,
        to: body.to,
        only: body.only,
        idempotency_key: key.map(|IdempotencyKey(key)| key),
        wait: wait != Wait::No,
        ..StartRequest::default_for(id)
    };
    let started = state.runner().start(&tenant, request).await?;
    match wait {
        Wait::No => Ok(accepted(started.run, started.existing)),
        _ => answer_later(&state, &tenant, started, (wait, patience)).await,
    }
}

impl StartRun {
    fn which(&self) -> Result<Which, Problem> {
        let places = [&self.trigger, &self.to, &self.only];
        if self.only.is_some() && places.into_iter().flatten().count() > 1 {
            return Err(wrong("`only` excludes `trigger` and `to`"));
        }
        match (self.draft, self.version) {
            (true, Some(_)) => Err(wrong("`draft` and `version` exclude each other")),
            (true, None) => Ok(Which::Draft),
            (false, Some(number)) => Ok(Which::Version(number)),
            (false, None) => Ok(Which::Published),
        }
    }

    fn patience(&self) -> Result<Duration, Problem> {
        match self.timeout_ms {
            Some(1..=MOST_PATIENCE_MS) | None => {}
            Some(_) => return Err(wrong("`timeoutMs` is 1 to 300000")),
        }
        Ok(Duration::from_millis(
            self.timeout_ms.unwrap_or(DEFAULT_PATIENCE_MS),
        ))
    }
}

pub(crate) fn wrong(detail: &str) -> Problem {
    Problem::new(&code::INVALID_BODY, detail)
}

/// The run's end, or its answer if that is what is waited for; 202 when patience or the server's life ends before.
async fn answer_later(
    state: &ApiState,
    tenant: &TenantId,
    started: Started,
    (wait, patience): (Wait, Duration),
) -> Result<Response, Refusal> {
    let (run, existing) = (started.run, started.existing);
    let ended = async {
        match wait {
            Wait::Response => match state.runner().answer(tenant, started).await {
                Ok(Answer::Ended(view)) => Some(view),
                // What the run says of itself is read below.
                Ok(Answer::Given(_)) | Err(_) => None,
            },
            Wait::End | Wait::No => started.finished().await,
        }
    };
    let ended = tokio::select! {
        ended = ended => ended,
        () = tokio::time::sleep(patience) => None,
        () = state.stopping().cancelled() => None,
    };
    if let Some(view) = ended {
        return Ok(Json(view).into_response());
    }
    let view = recorded(state, tenant, run).await?;
    let answered = wait == Wait::Response && view.response.is_some();
    Ok(if answered || view.finished_at.is_some() {
        Json(view).into_response()
    } else {
        accepted(run, existing)
    })
}

/// A run that is waited for is recorded a moment after it started, and 202 is a promise that only a recorded run can keep.
async fn recorded(state: &ApiState, tenant: &TenantId, run: RunId) -> Result<RunView, Refusal> {
    for _ in 0..100 {
        match state.runner().run(tenant, run).await {
            Err(monshyflow_runner::Error::NotFound { .. }) => {
                tokio::time::sleep(Duration::from_millis(20)).await
            }
            answered => return Ok(answered?),
        }
    }
    let detail = "the run could not be recorded, so it may be lost; start it again";
    Err(Problem::new(&code::UNAVAILABLE, detail).into())
}

pub(crate) fn accepted(run: RunId, existing: bool) -> Response {
    let url = format!("/api/runs/{run}");
    let location = [(header::LOCATION, url.clone())];
    (
        StatusCode::ACCEPTED,
        location,
        Json(RunAccepted {
            id: run.to_string(),
            url,
            existing,
        }),
    )
        .into_response()
}
