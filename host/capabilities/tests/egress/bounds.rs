use std::sync::Arc;
use std::time::Duration;

use monshyflow_capabilities::http::Egress;
use monshyflow_testkit::http::HttpServer;
use tokio::time::Instant;
use wasmtime_wasi_http::Error;

use crate::guest::{Guest, internal, limited, milliseconds, read};

#[tokio::test]
async fn zero_and_absent_timeouts_are_the_defaults_and_long_ones_are_cut() {
    let server = HttpServer::start().await.unwrap();
    let config = limited(server.port(), |limits| {
        limits.first_byte = milliseconds(800, 1_200)
    });
    let mut guest = Guest::new(&["*"], config);
    for asked in [None, Some(Duration::ZERO)] {
        guest.options.first_byte_timeout = asked;
        guest.options.connect_timeout = asked;
        guest.options.between_bytes_timeout = asked;
        assert_eq!(
            guest.get_text(&server.url("/delay/300")).await.unwrap(),
            "at last",
            "{asked:?}"
        );
        let answer = guest.get(&server.url("/delay/60000")).await;
        assert!(
            matches!(answer, Err(Error::HttpResponseTimeout)),
            "{asked:?}: {answer:?}"
        );
    }
    let started = Instant::now();
    guest.options.first_byte_timeout = Some(Duration::MAX);
    let answer = guest.get(&server.url("/delay/60000")).await;
    assert!(matches!(answer, Err(Error::HttpResponseTimeout)), "{answer:?}");
    assert!(started.elapsed() < Duration::from_secs(20));
    guest.options.first_byte_timeout = Some(Duration::from_millis(1));
    let answer = guest.get(&server.url("/delay/300")).await;
    assert!(matches!(answer, Err(Error::HttpResponseTimeout)), "{answer:?}");
}

#[tokio::test]
async fn more_requests_at_once_than_allowed_wait_for_a_place() {
    let server = HttpServer::start().await.unwrap();
    let mut guest = Guest::new(
        &["*"],
        limited(server.port(), |limits| limits.concurrent_per_call = 2),
    );
    guest.options.connect_timeout = Some(Duration::from_millis(300));
    let first = guest.get(&server.url("/bytes/100000")).await.unwrap();
    let second = guest.get(&server.url("/bytes/100000")).await.unwrap();
    let third = guest.get(&server.url("/status/200")).await;
    assert!(matches!(third, Err(Error::ConnectionLimitReached)), "{third:?}");
    // Reading one to its end and dropping the other frees both places.
    read(first).await.unwrap();
    drop(second);
    let third = guest.get(&server.url("/bytes/1")).await.unwrap();
    assert_eq!(guest.get_text(&server.url("/bytes/1")).await.unwrap(), "x");
    assert_eq!(read(third).await.unwrap(), "x");
}

#[tokio::test]
async fn the_tenant_s_rate_is_shared_by_its_calls() {
    let server = HttpServer::start().await.unwrap();
    let config = limited(server.port(), |limits| limits.requests_per_second = 4);
    let egress = Arc::new(Egress::new(config));
    let (mut one, mut two) = (Guest::sharing(&["*"], &egress), Guest::sharing(&["*"], &egress));
    let started = Instant::now();
    for _ in 0..3 {
        one.get_text(&server.url("/status/200")).await.unwrap();
        two.get_text(&server.url("/status/200")).await.unwrap();
    }
    // Four at once, the other two a quarter of a second apart.
    assert!(
        started.elapsed() >= Duration::from_millis(400),
        "{:?}",
        started.elapsed()
    );
    one.options.connect_timeout = Some(Duration::from_millis(50));
    let answer = one.get(&server.url("/status/200")).await;
    assert!(matches!(answer, Err(Error::ConnectionLimitReached)), "{answer:?}");
}

#[tokio::test]
async fn open_connections_of_a_tenant_are_limited() {
    let server = HttpServer::start().await.unwrap();
    let config = limited(server.port(), |limits| {
        limits.connections = 2;
        limits.connect = milliseconds(400, 400);
    });
    let mut guest = Guest::new(&["*"], config);
    let held = [
        guest.get(&server.url("/endless")).await.unwrap(),
        guest.get(&server.url("/endless")).await.unwrap(),
    ];
    let answer = guest.get(&server.url("/status/200")).await;
    assert!(
        matches!(
            answer,
            Err(Error::ConnectionLimitReached | Error::ConnectionTimeout)
        ),
        "{answer:?}"
    );
    drop(held);
    assert_eq!(guest.get(&server.url("/status/200")).await.unwrap().status(), 200);
}

#[tokio::test]
async fn idle_connections_give_way_to_new_hosts() {
    let servers = [
        HttpServer::start().await.unwrap(),
        HttpServer::start().await.unwrap(),
        HttpServer::start().await.unwrap(),
        HttpServer::start().await.unwrap(),
        HttpServer::start().await.unwrap(),
    ];
    let mut config = internal(servers[0].port());
    config.internal = servers
        .iter()
        .map(|server| server.address().to_string().parse().unwrap())
        .collect();
    config.limits.connections = 4;
    let mut guest = Guest::new(&["*"], config);
    for server in &servers[..4] {
        guest.get_text(&server.url("/status/200")).await.unwrap();
    }
    // Four idle connections hold every place. The pool may be renewed once a second.
    tokio::time::sleep(Duration::from_millis(1_100)).await;
    let started = Instant::now();
    guest.get_text(&servers[4].url("/status/200")).await.unwrap();
    assert!(
        started.elapsed() < Duration::from_secs(5),
        "{:?}",
        started.elapsed()
    );
}
