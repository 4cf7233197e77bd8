use monshyflow_ids::RunId;
use serde::Deserialize;
use utoipa::IntoParams;

/// `{id}` in a path.
#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Path)]
pub(crate) struct RunPlace {
    /// Of the run.
    #[param(value_type = String)]
    pub(crate) id: RunId,
}

/// `{id}/steps/{step}` in a path.
#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Path)]
pub(crate) struct StepPlace {
    /// Of the run.
    #[param(value_type = String)]
    pub(crate) id: RunId,
    /// As `steps` of the run names it.
    pub(crate) step: String,
}
