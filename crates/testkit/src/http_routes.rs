use std::convert::Infallible;
use std::time::Duration;

use axum::Json;
use axum::Router;
use axum::body::{Body, Bytes};
use axum::extract::{Extension, Path, RawQuery};
use axum::http::{HeaderMap, HeaderName, HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use axum::routing::any;
use futures::stream::{self, Stream, StreamExt};
use serde_json::{Value, json};

use crate::http_ledger::Recorded;

const CHUNK: usize = 16 * 1024;

/// The routes that the documentation of `http` lists.
pub(crate) fn router() -> Router {
    Router::new()
        .route("/echo", any(echo))
        .route("/echo/{*rest}", any(echo))
        .route("/status/{code}", any(status))
        .route("/list/{count}", any(list))
        .route(
            "/bytes/{count}",
            any(|Path(count): Path<usize>| async move { vec![b'x'; count] }),
        )
        .route("/chunked/{count}", any(chunked))
        .route("/delay/{ms}", any(delay))
        .route("/slow/{count}/{ms}", any(slow))
        .route("/stall/{count}", any(stall))
        .route(
            "/endless",
            any(|| async { Body::from_stream(stream::repeat_with(chunk)) }),
        )
        .route("/redirect/{code}", any(redirect))
        .route("/headers/{count}/{size}", any(headers))
}

async fn echo(Extension(request): Extension<Recorded>) -> Json<Recorded> {
    Json(request)
}

async fn status(Path(code): Path<u16>) -> Response {
    match StatusCode::from_u16(code) {
        Ok(code) => (code, format!("status {}", code.as_u16())).into_response(),
        Err(_) => StatusCode::BAD_REQUEST.into_response(),
    }
}

async fn list(Path(count): Path<usize>) -> Json<Vec<Value>> {
    Json(
        (0..count)
            .map(|id| json!({ "id": id, "name": format!("item-{id}") }))
            .collect(),
    )
}

async fn chunked(Path(count): Path<usize>) -> Body {
    let sizes = (0..count)
        .step_by(CHUNK)
        .map(move |start| CHUNK.min(count - start));
    Body::from_stream(stream::iter(
        sizes.map(|size| Ok::<_, Infallible>(Bytes::from(vec![b'x'; size]))),
    ))
}

async fn delay(Path(ms): Path<u64>) -> &'static str {
    tokio::time::sleep(Duration::from_millis(ms)).await;
    "at last"
}

async fn slow(Path((count, ms)): Path<(usize, u64)>) -> Body {
    let bytes = stream::iter(0..count).then(move |_| async move {
        tokio::time::sleep(Duration::from_millis(ms)).await;
        Ok::<_, Infallible>(Bytes::from_static(b"x"))
    });
    Body::from_stream(bytes)
}

async fn stall(Path(count): Path<usize>) -> Body {
    let start = stream::once(async move { Ok::<_, Infallible>(Bytes::from(vec![b'x'; count])) });
    Body::from_stream(start.chain(never()))
}

async fn redirect(Path(code): Path<u16>, RawQuery(query): RawQuery) -> Response {
    let to = query
        .as_deref()
        .and_then(|query| query.strip_prefix("to="))
        .unwrap_or_default();
    match StatusCode::from_u16(code) {
        Ok(code) => (code, [(header::LOCATION, to.to_owned())]).into_response(),
        Err(_) => StatusCode::BAD_REQUEST.into_response(),
    }
}

async fn headers(Path((count, size)): Path<(usize, usize)>) -> Response {
    let mut headers = HeaderMap::new();
    let value = "v".repeat(size);
    for index in 0..count {
        let name = HeaderName::try_from(format!("x-header-{index}"));
        let (Ok(name), Ok(value)) = (name, HeaderValue::from_str(&value)) else {
            return StatusCode::BAD_REQUEST.into_response();
        };
        headers.insert(name, value);
    }
    (headers, "headers").into_response()
}

fn chunk() -> Result<Bytes, Infallible> {
    Ok(Bytes::from_static(&[b'x'; CHUNK]))
}

fn never() -> impl Stream<Item = Result<Bytes, Infallible>> {
    stream::pending()
}
