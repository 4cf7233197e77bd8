use axum::extract::{FromRequest, RawQuery, Request, State};
use axum::http::{HeaderMap, Method, StatusCode, header};
use axum::response::{IntoResponse, Response};
use monshyflow_web::{JsonBytes, MIB, Path, Problem, code, read_body};
use serde::Deserialize;
use serde_json::{Map, Value, json};

use crate::ApiState;
use crate::problems::Refusals;
use crate::refuse::Refusal;
use crate::runs::form_page::{answer, answered_page, form_page, refused_page};

const FORM: &str = "application/x-www-form-urlencoded";

/// A resume URL.
#[derive(Debug, Deserialize, utoipa::IntoParams)]
pub(crate) struct ResumePlace {
    /// Made and signed by this server; whoever has it may end one wait of one run.
    pub(crate) ticket: String,
}

/// Shows the form that a run waits to be filled in, or ends the wait if there is none.
///
/// The URL is its own authorisation. The node gets `{"method", "query", "body"}`.
#[utoipa::path(get, path = "/api/resume/{ticket}", tag = "runs", security(()),
    params(ResumePlace),
    responses(
        (status = 200, description = "The form, or that the run goes on."),
        Refusals,
    ))]
pub(crate) async fn show_form(
    State(state): State<ApiState>,
    Path(place): Path<ResumePlace>,
    method: Method,
    RawQuery(query): RawQuery,
    headers: HeaderMap,
) -> Result<Response, Refusal> {
    for_people(&headers, show(&state, &place, &method, query.as_deref()).await)
}

async fn show(
    state: &ApiState,
    place: &ResumePlace,
    method: &Method,
    query: Option<&str>,
) -> Result<Response, Refusal> {
    let form = state.runner().awaited(&place.ticket).await?;
    if let Some(form) = form {
        return Ok(form_page(&form));
    }
    // Programs that look whether a link is good must not end what it waits for.
    if method == Method::HEAD {
        return Ok(StatusCode::OK.into_response());
    }
    let payload = payload(method, query, Value::Null);
    state.runner().signal(&place.ticket, &payload).await?;
    Ok(axum::Json(json!({ "resumed": true })).into_response())
}

/// Ends a wait.
///
/// Where a form is awaited: `{"choice": "approve", "fields": {"name": "value"}}`, or the form itself
/// (`application/x-www-form-urlencoded`); the node gets the former. Otherwise JSON, a form or nothing, and the node gets
/// `{"method", "query", "body"}`. The URL is its own authorisation.
#[utoipa::path(post, path = "/api/resume/{ticket}", tag = "runs", security(()),
    params(ResumePlace),
    request_body(content = Value, description = "What the node gets as `body`."),
    responses(
        (status = 200, description = "The run goes on."),
        Refusals,
    ))]
pub(crate) async fn resume(
    State(state): State<ApiState>,
    Path(place): Path<ResumePlace>,
    request: Request,
) -> Result<Response, Refusal> {
    let headers = request.headers().clone();
    for_people(&headers, end_wait(&state, &place, request).await)
}

async fn end_wait(state: &ApiState, place: &ResumePlace, request: Request) -> Result<Response, Refusal> {
    let (method, query) = (request.method().clone(), request.uri().query().map(str::to_owned));
    let is_form = request
        .headers()
        .get(header::CONTENT_TYPE)
        .and_then(|value| value.to_str().ok())
        .is_some_and(|kind| kind.starts_with(FORM));
    let body = match is_form {
        true => Some(read_body(request, FORM, MIB).await?),
        false => Option::<JsonBytes<MIB>>::from_request(request, state)
            .await?
            .map(|JsonBytes(body)| body),
    };
    let body = body.unwrap_or_default();
    let form = state.runner().awaited(&place.ticket).await?;
    let body = match (is_form, body.is_empty()) {
        (_, true) => Value::Null,
        (true, false) => Value::Object(pairs(&body)),
        (false, false) => serde_json::from_slice(&body)
            .map_err(|error| Problem::new(&code::INVALID_BODY, format!("the body is no JSON: {error}")))?,
    };
    let payload = match &form {
        Some(form) => answer(form, body, is_form)?,
        None => payload(&method, query.as_deref(), body),
    };
    state.runner().signal(&place.ticket, &payload).await?;
    Ok(if is_form {
        (StatusCode::OK, answered_page()).into_response()
    } else {
        axum::Json(json!({ "resumed": true })).into_response()
    })
}

/// Who comes with a browser reads a page, and a program reads the problem.
fn for_people(headers: &HeaderMap, done: Result<Response, Refusal>) -> Result<Response, Refusal> {
    let accepts = headers.get_all(header::ACCEPT).iter();
    let is_browser = accepts
        .filter_map(|value| value.to_str().ok())
        .any(|value| value.contains("text/html"));
    match done {
        Err(refusal) if is_browser && refusal.problem().status().is_client_error() => {
            Ok(refused_page(refusal.problem()))
        }
        done => done,
    }
}

fn payload(method: &Method, query: Option<&str>, body: Value) -> Value {
    let query = pairs(query.unwrap_or_default().as_bytes());
    json!({ "method": method.as_str(), "query": query, "body": body })
}

fn pairs(text: &[u8]) -> Map<String, Value> {
    form_urlencoded::parse(text)
        .map(|(name, value)| (name.into_owned(), Value::String(value.into_owned())))
        .collect()
}
