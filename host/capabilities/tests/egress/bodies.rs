use std::convert::Infallible;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use bytes::Bytes;
use futures::StreamExt;
use futures::stream;
use http::HeaderValue;
use http_body::Frame;
use http_body_util::{BodyExt, StreamBody};
use monshyflow_testkit::http::{Body, HttpServer};
use wasmtime_wasi_http::{Error, WasiBody};

use crate::guest::{Guest, internal, limited, milliseconds, read, request};

fn pieces(count: usize, size: usize, pause: Duration) -> WasiBody {
    let pieces = stream::iter(0..count).then(move |_| async move {
        tokio::time::sleep(pause).await;
        Ok::<_, Infallible>(Frame::data(Bytes::from(vec![b'x'; size])))
    });
    StreamBody::new(pieces)
        .map_err(|never| match never {})
        .boxed_unsync()
}

#[tokio::test]
async fn streams_bodies_both_ways() {
    let server = HttpServer::start().await.unwrap();
    let mut guest = Guest::new(&["*"], internal(server.port()));
    let mut message = request("POST", &server.url("/echo"), "");
    *message.body_mut() = pieces(10, 1000, Duration::ZERO);
    let text = read(guest.send(message).await.unwrap()).await.unwrap();
    assert_eq!(text.matches('x').count(), 10_000);
    for path in ["/bytes/3000000", "/chunked/3000000"] {
        assert_eq!(guest.get_text(&server.url(path)).await.unwrap().len(), 3_000_000);
    }
    let audits = guest.audits();
    assert_eq!(audits[0].bytes_up, 10_000);
    assert_eq!(audits[1].bytes_down, 3_000_000);
}

#[tokio::test]
async fn limits_the_request_s_body() {
    let server = HttpServer::start().await.unwrap();
    let mut guest = Guest::new(
        &["*"],
        limited(server.port(), |limits| limits.request_body_bytes = 5_000),
    );
    let mut declared = request("POST", &server.url("/echo"), "");
    declared
        .headers_mut()
        .insert("content-length", HeaderValue::from(5_001));
    *declared.body_mut() = pieces(6, 1000, Duration::ZERO);
    let answer = guest.send(declared).await;
    assert!(
        matches!(answer, Err(Error::HttpRequestBodySize(Some(5_001)))),
        "{answer:?}"
    );
    let mut streamed = request("POST", &server.url("/echo"), "");
    *streamed.body_mut() = pieces(usize::MAX, 1000, Duration::ZERO);
    let answer = guest.send(streamed).await;
    assert!(
        matches!(answer, Err(Error::HttpRequestBodySize(Some(5_000)))),
        "{answer:?}"
    );
    assert!(server.ledger().is_empty());
}

#[tokio::test]
async fn a_body_is_as_long_as_its_content_length_says() {
    let server = HttpServer::start().await.unwrap();
    let mut guest = Guest::new(&["*"], internal(server.port()));
    let url = server.url("/echo");
    let message = |declared: u64, body: WasiBody| {
        let mut message = request("POST", &url, "");
        let length = HeaderValue::from(declared);
        message.headers_mut().insert("content-length", length);
        *message.body_mut() = body;
        message
    };
    let too_long = guest.send(message(10, pieces(2, 8, Duration::ZERO))).await;
    assert!(
        matches!(too_long, Err(Error::HttpRequestBodySize(Some(10)))),
        "{too_long:?}"
    );
    let too_short = guest.send(message(20, pieces(10, 1, Duration::ZERO))).await;
    assert!(
        matches!(too_short, Err(Error::HttpRequestBodySize(Some(10)))),
        "{too_short:?}"
    );
    assert!(server.ledger().is_empty());
    // What begins after the declared end is never sent, so that it cannot pose as another request. The bindings tell
    // the guest.
    for count in [10, 20] {
        let answer = guest.send(message(10, pieces(count, 1, Duration::ZERO))).await;
        let text = read(answer.unwrap()).await.unwrap();
        assert!(text.contains(r#""body":"xxxxxxxxxx""#), "{count}: {text}");
    }
    assert_eq!(server.ledger().len(), 2);
}

#[tokio::test]
async fn limits_the_response_s_body() {
    let server = HttpServer::start().await.unwrap();
    let mut guest = Guest::new(
        &["*"],
        limited(server.port(), |limits| limits.response_body_bytes = 100_000),
    );
    let known = guest.get(&server.url("/bytes/100001")).await;
    assert!(
        matches!(known, Err(Error::HttpResponseBodySize(Some(100_001)))),
        "{known:?}"
    );
    for path in ["/chunked/100001", "/endless"] {
        let found = guest.get_text(&server.url(path)).await;
        assert!(
            matches!(found, Err(Error::HttpResponseBodySize(Some(100_000)))),
            "{path}: {found:?}"
        );
    }
    assert_eq!(
        guest
            .get_text(&server.url("/chunked/100000"))
            .await
            .unwrap()
            .len(),
        100_000
    );
    let errors: Vec<_> = guest
        .audits()
        .iter()
        .map(|audit| (audit.status, audit.error))
        .collect();
    let too_large = (Some(200), Some("http-response-body-size"));
    assert_eq!(errors, [too_large, too_large, too_large, (Some(200), None)]);
}

#[tokio::test]
async fn a_body_that_stops_is_an_error_and_a_slow_one_is_not() {
    let server = HttpServer::start().await.unwrap();
    let mut guest = Guest::new(&["*"], internal(server.port()));
    guest.options.between_bytes_timeout = Some(Duration::from_millis(300));
    let stalled = guest.get_text(&server.url("/stall/10")).await;
    assert!(
        matches!(stalled, Err(Error::ConnectionReadTimeout)),
        "{stalled:?}"
    );
    assert_eq!(
        guest.get_text(&server.url("/slow/20/30")).await.unwrap().len(),
        20
    );
    // The guest's own pauses do not count.
    let mut body = guest.get(&server.url("/slow/3/1")).await.unwrap().into_body();
    let mut bytes = 0;
    while let Some(frame) = body.frame().await {
        bytes += frame.unwrap().into_data().unwrap().len();
        tokio::time::sleep(Duration::from_millis(400)).await;
    }
    assert_eq!(bytes, 3);
}

#[tokio::test]
async fn an_endless_body_waits_for_the_guest() {
    let produced = Arc::new(AtomicUsize::new(0));
    let count = Arc::clone(&produced);
    let server = HttpServer::builder()
        .on("/counted", move |_| {
            let count = Arc::clone(&count);
            Body::from_stream(stream::repeat_with(move || {
                count.fetch_add(16 * 1024, Ordering::Relaxed);
                Ok::<_, Infallible>(Bytes::from_static(&[b'x'; 16 * 1024]))
            }))
        })
        .start()
        .await
        .unwrap();
    let mut guest = Guest::new(&["*"], internal(server.port()));
    let response = guest.get(&server.url("/counted")).await.unwrap();
    tokio::time::sleep(Duration::from_millis(500)).await;
    let waiting = produced.load(Ordering::Relaxed);
    // What the kernel's buffers hold, and the host's of 128 KiB.
    assert!(
        waiting < 24 * 1024 * 1024,
        "{waiting} bytes were produced for a guest that reads nothing"
    );
    drop(response);
    tokio::time::sleep(Duration::from_millis(200)).await;
    let after = produced.load(Ordering::Relaxed);
    tokio::time::sleep(Duration::from_millis(200)).await;
    assert_eq!(
        produced.load(Ordering::Relaxed),
        after,
        "the connection ends with the body"
    );
}

#[tokio::test]
async fn an_upload_that_moves_is_not_a_timeout_and_one_that_stops_is() {
    let server = HttpServer::start().await.unwrap();
    let config = limited(server.port(), |limits| limits.first_byte = milliseconds(400, 400));
    let mut guest = Guest::new(&["*"], config);
    let mut moving = request("POST", &server.url("/echo"), "");
    *moving.body_mut() = pieces(10, 1, Duration::from_millis(100));
    assert!(
        read(guest.send(moving).await.unwrap())
            .await
            .unwrap()
            .contains("xxxxxxxxxx")
    );
    let mut stopped = request("POST", &server.url("/echo"), "");
    *stopped.body_mut() = pieces(1, 1, Duration::from_secs(3600));
    let answer = guest.send(stopped).await;
    assert!(matches!(answer, Err(Error::HttpResponseTimeout)), "{answer:?}");
}
