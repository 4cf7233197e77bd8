use std::any::Any;
use std::sync::LazyLock;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Instant;

use axum::Router;
use axum::extract::{MatchedPath, Request};
use axum::http::{HeaderName, HeaderValue, Method, header};
use axum::middleware::{Next, from_fn};
use axum::response::{IntoResponse, Response};
use tower_http::catch_panic::CatchPanicLayer;

use crate::problem::Cause;
use crate::{Problem, fallback};

const REQUEST_ID: HeaderName = HeaderName::from_static("x-request-id");

/// Unless a handler says otherwise. Answers are data: nothing in them may run, be framed or be kept by a cache.
const SECURITY_HEADERS: [(HeaderName, HeaderValue); 5] = [
    (
        header::CONTENT_SECURITY_POLICY,
        HeaderValue::from_static(
            "default-src 'none'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'",
        ),
    ),
    (
        header::X_CONTENT_TYPE_OPTIONS,
        HeaderValue::from_static("nosniff"),
    ),
    (header::REFERRER_POLICY, HeaderValue::from_static("no-referrer")),
    (
        HeaderName::from_static("cross-origin-resource-policy"),
        HeaderValue::from_static("same-origin"),
    ),
    (header::CACHE_CONTROL, HeaderValue::from_static("no-store")),
];

/// What every answer of a service gets: an id, security headers, a metric, problems for unknown paths and methods, and
/// a problem instead of a panic. Call it last, with all routes in place.
pub fn frame(router: Router) -> Router {
    router
        .fallback(fallback::not_found)
        .method_not_allowed_fallback(fallback::method_not_allowed)
        .layer(CatchPanicLayer::custom(panicked))
        .layer(from_fn(around))
}

async fn around(request: Request, next: Next) -> Response {
    let started = Instant::now();
    let id = request
        .headers()
        .get(REQUEST_ID)
        .filter(|id| is_sound(id))
        .cloned()
        .unwrap_or_else(new_id);
    let method = request.method().clone();
    let route = request.extensions().get::<MatchedPath>().cloned();
    let mut response = next.run(request).await;
    if let Some(Cause(cause)) = response.extensions_mut().remove::<Cause>() {
        let route = route.as_ref().map_or("", MatchedPath::as_str);
        let id = id.to_str().unwrap_or_default();
        tracing::error!(request = id, %method, route, cause, "a request failed on our side");
    }
    let headers = response.headers_mut();
    headers.insert(REQUEST_ID, id);
    for (name, value) in &SECURITY_HEADERS {
        headers.entry(name).or_insert_with(|| value.clone());
    }
    measure(&method, route.as_ref(), &response, started);
    response
}

/// Time to the first byte; labels come from closed sets only, so that nobody can make up time series.
fn measure(method: &Method, route: Option<&MatchedPath>, response: &Response, started: Instant) {
    let known = [
        Method::GET,
        Method::POST,
        Method::PUT,
        Method::DELETE,
        Method::PATCH,
        Method::HEAD,
    ];
    let method = known
        .iter()
        .find(|known| *known == method)
        .map_or("other", |method| match method.as_str() {
            "GET" => "GET",
            "POST" => "POST",
            "PUT" => "PUT",
            "DELETE" => "DELETE",
            "PATCH" => "PATCH",
            _ => "HEAD",
        });
    let route = route.map_or("unmatched", MatchedPath::as_str).to_owned();
    let status = match response.status().as_u16() {
        ..300 => "2xx",
        300..400 => "3xx",
        400..500 => "4xx",
        500.. => "5xx",
    };
    metrics::histogram!("http_request_duration_seconds", "method" => method, "route" => route, "status" => status)
        .record(started.elapsed().as_secs_f64());
}

/// A gateway may name the request; the name ends up in logs, so only harmless ones are taken over.
fn is_sound(id: &HeaderValue) -> bool {
    let fits = |byte: &u8| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_' | b'.');
    (1..=64).contains(&id.len()) && id.as_bytes().iter().all(fits)
}

/// Unique in this process and, by its random start, in practice everywhere.
fn new_id() -> HeaderValue {
    static START: LazyLock<u64> = LazyLock::new(|| u64::from_be_bytes(monshyflow_clock::random()));
    static NEXT: AtomicU64 = AtomicU64::new(0);
    let number = NEXT.fetch_add(1, Ordering::Relaxed);
    HeaderValue::try_from(format!("{:016x}-{number:x}", *START)).unwrap_or(HeaderValue::from_static("none"))
}

#[expect(
    clippy::needless_pass_by_value,
    reason = "the signature that catch-panic asks for"
)]
fn panicked(payload: Box<dyn Any + Send>) -> Response {
    let said = payload.downcast_ref::<&str>().map(|said| (*said).to_owned());
    let said = said
        .or_else(|| payload.downcast_ref::<String>().cloned())
        .unwrap_or_default();
    Problem::internal(&Panicked(said)).into_response()
}

#[derive(Debug, thiserror::Error)]
#[error("a handler panicked: {0}")]
struct Panicked(String);
