use monshyflow_ids::WorkflowId;
use serde::Deserialize;
use utoipa::IntoParams;

/// `{id}` in a path.
#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Path)]
pub(crate) struct WorkflowPlace {
    /// Of the workflow.
    #[param(value_type = String)]
    pub(crate) id: WorkflowId,
}

/// `{id}/versions/{n}` in a path.
#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Path)]
pub(crate) struct VersionPlace {
    /// Of the workflow.
    #[param(value_type = String)]
    pub(crate) id: WorkflowId,
    /// Of the version, from 1.
    #[param(minimum = 1)]
    pub(crate) n: u32,
}
