use axum::extract::State;
use monshyflow_runner::RunView;
use monshyflow_web::{Json, NoQuery, Path, Query, Tenant};

use super::place::RunPlace;
use crate::ApiState;
use crate::problems::Refusals;
use crate::refuse::Refusal;

/// Reads a run: how far it came and, when it has ended, its result.
#[utoipa::path(get, path = "/api/runs/{id}", tag = "runs", params(RunPlace),
    responses((status = 200, description = "The run.", body = RunView), Refusals))]
pub(crate) async fn get_run(
    Tenant(tenant): Tenant,
    State(state): State<ApiState>,
    Path(RunPlace { id }): Path<RunPlace>,
    _: Query<NoQuery>,
) -> Result<Json<RunView>, Refusal> {
    Ok(Json(state.runner().run(&tenant, id).await?))
}
