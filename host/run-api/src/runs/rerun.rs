use axum::extract::State;
use axum::response::Response;
use monshyflow_catalog::Which;
use monshyflow_runner::RerunRequest;
use monshyflow_web::{Json, MIB, Path, Tenant};
use serde::Deserialize;
use utoipa::ToSchema;

use crate::ApiState;
use crate::problems::Refusals;
use crate::refuse::Refusal;
use crate::runs::place::RunPlace;
use crate::runs::start::{RunAccepted, accepted, wrong};

/// How a new run takes up an earlier one.
#[derive(Debug, Clone, Copy, Deserialize, ToSchema)]
#[serde(rename_all = "kebab-case")]
enum RerunMode {
    /// Go on where the run failed, was cancelled or timed out: what was done stays done.
    Resume,
    /// The same input again.
    Replay,
    /// A node and all behind it, on what the earlier run brought to them.
    From,
}

/// What to do with an earlier run. The earlier run stays as it is.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub(crate) struct Rerun {
    mode: RerunMode,
    /// With `from`: id of the node.
    node: Option<String>,
    /// With `from`: id of the last node to run, `node` itself or one behind it; all behind it if absent.
    to: Option<String>,
    /// With `replay` and `from`: the draft and not the version that ran.
    #[serde(default)]
    draft: bool,
    /// With `replay` and `from`: this version and not the one that ran.
    #[schema(minimum = 1)]
    version: Option<u32>,
}

/// Starts a new run that takes up an earlier one.
///
/// Resuming and running from a node repeat no step that has a result.
#[utoipa::path(post, path = "/api/runs/{id}/rerun", tag = "runs",
    params(RunPlace),
    request_body = Rerun,
    responses(
        (status = 202, description = "The new run goes on.", body = RunAccepted, headers(("Location" = String))),
        Refusals,
    ))]
pub(crate) async fn rerun(
    Tenant(tenant): Tenant,
    State(state): State<ApiState>,
    Path(RunPlace { id }): Path<RunPlace>,
    Json(body): Json<Rerun, MIB>,
) -> Result<Response, Refusal> {
    let which = match (body.draft, body.version) {
        (true, Some(_)) => return Err(wrong("`draft` and `version` exclude each other").into()),
        (true, None) => Some(Which::Draft),
        (false, version) => version.map(Which::Version),
    };
    if body.to.is_some() && !matches!(body.mode, RerunMode::From) {
        return Err(wrong("only `from` takes `to`").into());
    }
    let to = body.to;
    let request = match (body.mode, body.node) {
        (RerunMode::From, Some(node)) => RerunRequest::From { node, to, which },
        (RerunMode::From, None) => return Err(wrong("`from` needs `node`").into()),
        (_, Some(_)) => return Err(wrong("only `from` takes `node`").into()),
        (RerunMode::Resume, None) if which.is_some() => {
            return Err(wrong("`resume` goes on with the version that ran").into());
        }
        (RerunMode::Resume, None) => RerunRequest::Resume,
        (RerunMode::Replay, None) => RerunRequest::Replay { which },
    };
    let started = state.runner().rerun(&tenant, id, request).await?;
    Ok(accepted(started.run, started.existing))
}
