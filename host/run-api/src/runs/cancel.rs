use axum::extract::State;
use monshyflow_runner::RunView;
use monshyflow_web::{Json, NoBody, Path, Tenant};

use super::place::RunPlace;
use crate::ApiState;
use crate::problems::Refusals;
use crate::refuse::Refusal;

/// Cancels a run and answers when it has ended, which may be otherwise than cancelled if it was just ending.
#[utoipa::path(post, path = "/api/runs/{id}/cancel", tag = "runs", params(RunPlace),
    responses((status = 200, description = "The run, ended.", body = RunView), Refusals))]
pub(crate) async fn cancel_run(
    Tenant(tenant): Tenant,
    State(state): State<ApiState>,
    Path(RunPlace { id }): Path<RunPlace>,
    _: NoBody,
) -> Result<Json<RunView>, Refusal> {
    Ok(Json(state.runner().cancel(&tenant, id).await?))
}
