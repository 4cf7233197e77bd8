use axum::extract::State;
use jiff::Timestamp;
use monshyflow_ids::WorkflowId;
use monshyflow_journal::{RunFilter, Status};
use monshyflow_runner::{RunPage, RunView};
use monshyflow_web::{Json, Limit, Page, Query, Tenant};
use serde::Deserialize;

use crate::ApiState;
use crate::problems::Refusals;
use crate::refuse::Refusal;

/// Which runs.
#[derive(Debug, Deserialize, utoipa::IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub(crate) struct RunQuery {
    /// Of this workflow.
    #[param(value_type = Option<String>)]
    workflow: Option<WorkflowId>,
    /// `queued`, `running`, `waiting`, `succeeded`, `failed`, `cancelled` or `timed-out`.
    #[param(value_type = Option<String>)]
    status: Option<Status>,
    /// Started by this kind of trigger, such as `manual-trigger`.
    trigger: Option<String>,
    /// Created at this time or later, RFC 3339.
    #[param(value_type = Option<String>, format = DateTime)]
    since: Option<Timestamp>,
    /// Most runs of the page.
    #[serde(default)]
    #[param(value_type = Option<u16>, minimum = 1, maximum = 200, default = 50)]
    limit: Limit,
    /// `nextCursor` of the page before.
    cursor: Option<String>,
}

/// Lists runs, newest first, without results and steps.
///
/// A page may be short, or even empty, and still have a `nextCursor`.
#[utoipa::path(get, path = "/api/runs", tag = "runs", params(RunQuery),
    responses((status = 200, description = "A page.", body = Page<RunView>), Refusals))]
pub(crate) async fn list_runs(
    Tenant(tenant): Tenant,
    State(state): State<ApiState>,
    Query(query): Query<RunQuery>,
) -> Result<Json<RunPage>, Refusal> {
    let RunQuery {
        workflow,
        status,
        trigger,
        since,
        limit,
        cursor,
    } = query;
    let filter = RunFilter {
        workflow_id: workflow,
        status,
        trigger,
        since,
        limit: limit.get(),
        cursor,
    };
    Ok(Json(state.runner().runs(&tenant, filter).await?))
}
