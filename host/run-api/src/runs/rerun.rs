use axum::extract::State;
use axum::response::Response;
use monshyflow_catalog::Which;
use monshyflow_runner::RerunRequest;
use monshyflow_web::{IdempotencyKey, Json, MIB, Path, Problem, Tenant};
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
    params(
        RunPlace,
        ("Idempotency-Key" = Option<String>, Header,
            description = "For 24 hours, the same key of a workflow answers with the same run. With another request it answers 422.",
            max_length = 200),
    ),
    request_body = Rerun,
    responses(
        (status = 202, description = "The new run goes on.", body = RunAccepted, headers(("Location" = String))),
        Refusals,
    ))]
pub(crate) async fn rerun(
    Tenant(tenant): Tenant,
    State(state): State<ApiState>,
    Path(RunPlace { id }): Path<RunPlace>,
    key: Option<IdempotencyKey>,
    Json(body): Json<Rerun, MIB>,
) -> Result<Response, Refusal> {
    let key = key.map(|IdempotencyKey(key)| key);
    let started = state.runner().rerun(&tenant, id, body.request()?, key).await?;
    Ok(accepted(started.run, started.existing))
}

impl Rerun {
    fn request(self) -> Result<RerunRequest, Problem> {
        let which = match (self.draft, self.version) {
            (true, Some(_)) => return Err(wrong("`draft` and `version` exclude each other")),
            (true, None) => Some(Which::Draft),
            (false, version) => version.map(Which::Version),
        };
        if self.to.is_some() && !matches!(self.mode, RerunMode::From) {
            return Err(wrong("only `from` takes `to`"));
        }
        let to = self.to;
        match (self.mode, self.node) {
            (RerunMode::From, Some(node)) => Ok(RerunRequest::From { node, to, which }),
            (RerunMode::From, None) => Err(wrong("`from` needs `node`")),
            (_, Some(_)) => Err(wrong("only `from` takes `node`")),
            (RerunMode::Resume, None) if which.is_some() => {
                Err(wrong("`resume` goes on with the version that ran"))
            }
            (RerunMode::Resume, None) => Ok(RerunRequest::Resume),
            (RerunMode::Replay, None) => Ok(RerunRequest::Replay { which }),
        }
    }
}
