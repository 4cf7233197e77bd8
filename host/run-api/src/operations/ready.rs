use std::time::Duration;

use axum::extract::State;
use axum::http::StatusCode;
use monshyflow_ids::TenantId;
use monshyflow_web::Json;
use serde::Serialize;
use utoipa::ToSchema;

use crate::ApiState;

/// A dependency that does not answer within this is not ready.
const PATIENCE: Duration = Duration::from_secs(2);

/// Whether the server can do its work, and what keeps it from that.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct Readiness {
    ready: bool,
    dependencies: Vec<Dependency>,
}

/// Something that the server needs.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct Dependency {
    /// `store`, `nodes`, `runs` or `server`.
    name: &'static str,
    ready: bool,
    /// What is wrong, if something is.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    detail: Option<&'static str>,
}

/// Tries each dependency now: reads from the store, looks for node types, and asks whether runs that wait are woken at
/// their time and whether the server is shutting down.
#[utoipa::path(get, path = "/readyz", tag = "operations", security(()),
    responses(
        (status = 200, description = "Everything is there.", body = Readiness),
        (status = 503, description = "Something is not.", body = Readiness),
    ))]
pub(crate) async fn ready(State(state): State<ApiState>) -> (StatusCode, Json<Readiness>) {
    let dependencies = vec![
        store(&state).await,
        nodes(&state).await,
        runs(&state),
        server(&state),
    ];
    let ready = dependencies.iter().all(|dependency| dependency.ready);
    let status = if ready {
        StatusCode::OK
    } else {
        StatusCode::SERVICE_UNAVAILABLE
    };
    (status, Json(Readiness { ready, dependencies }))
}

async fn store(state: &ApiState) -> Dependency {
    let detail =
        match tokio::time::timeout(PATIENCE, state.catalog().drafts(&TenantId::host(), 1, None)).await {
            Ok(Ok(_)) => None,
            Ok(Err(error)) => {
                tracing::warn!(error = %chain(&error), "the store is not ready");
                Some("it cannot be read; the server's log says why")
            }
            Err(_) => Some("it does not answer within 2 s"),
        };
    Dependency {
        name: "store",
        ready: detail.is_none(),
        detail,
    }
}

async fn nodes(state: &ApiState) -> Dependency {
    let detail =
        match tokio::time::timeout(PATIENCE, state.catalog().node_types(&TenantId::host(), 1, None)).await {
            Ok(Ok(types)) if !types.items.is_empty() => None,
            Ok(Ok(_)) => Some("no node types ship with this server"),
            Ok(Err(_)) => Some("they cannot be read; the server's log says why"),
            Err(_) => Some("they cannot be listed within 2 s"),
        };
    Dependency {
        name: "nodes",
        ready: detail.is_none(),
        detail,
    }
}

fn runs(state: &ApiState) -> Dependency {
    let watched = state.runner().is_watching();
    let detail = (!watched).then_some("those that wait are still being read");
    Dependency {
        name: "runs",
        ready: detail.is_none(),
        detail,
    }
}

fn server(state: &ApiState) -> Dependency {
    let detail = state.stopping().is_cancelled().then_some("it is shutting down");
    Dependency {
        name: "server",
        ready: detail.is_none(),
        detail,
    }
}

fn chain(error: &dyn std::error::Error) -> String {
    error
        .source()
        .map_or_else(|| error.to_string(), |source| format!("{error}: {source}"))
}
