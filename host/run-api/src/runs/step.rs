use axum::extract::State;
use monshyflow_runner::StepItems;
use monshyflow_web::{Json, NoQuery, Path, Query, Tenant};

use super::place::StepPlace;
use crate::ApiState;
use crate::problems::Refusals;
use crate::refuse::Refusal;

/// Reads what went into a step and what came out of it.
#[utoipa::path(get, path = "/api/runs/{id}/steps/{step}", tag = "runs", params(StepPlace),
    responses((status = 200, description = "The step with its items.", body = StepItems), Refusals))]
pub(crate) async fn get_step(
    Tenant(tenant): Tenant,
    State(state): State<ApiState>,
    Path(StepPlace { id, step }): Path<StepPlace>,
    _: Query<NoQuery>,
) -> Result<Json<StepItems>, Refusal> {
    Ok(Json(state.runner().step(&tenant, id, &step).await?))
}
