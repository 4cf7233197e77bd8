use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use monshyflow_capabilities::http::{Egress, EgressConfig, Resolver};
use monshyflow_testkit::http_raw::{RawServer, Then};
use wasmtime_wasi_http::Error;

use crate::guest::{Guest, internal};

const OK: &str = "HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\nok";

#[tokio::test]
async fn calls_of_one_tenant_share_connections_and_tenants_do_not() {
    let server = RawServer::start(OK, Then::Again).await.unwrap();
    let url = format!("http://127.0.0.1:{}/", server.port());
    let egress = Arc::new(Egress::new(internal(server.port())));
    for _ in 0..3 {
        assert_eq!(
            Guest::sharing(&["*"], &egress).get_text(&url).await.unwrap(),
            "ok"
        );
        // The connection goes back to the pool after the guest saw the end.
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
    assert_eq!(server.connections(), 1);
    assert_eq!(
        Guest::new(&["*"], internal(server.port()))
            .get_text(&url)
            .await
            .unwrap(),
        "ok"
    );
    assert_eq!(server.connections(), 2);
    assert_eq!(server.heads().len(), 4);
}

#[tokio::test]
async fn a_pooled_connection_still_needs_a_grant() {
    let server = RawServer::start(OK, Then::Again).await.unwrap();
    let url = format!("http://127.0.0.1:{}/", server.port());
    let egress = Arc::new(Egress::new(internal(server.port())));
    Guest::sharing(&["*"], &egress).get_text(&url).await.unwrap();
    let answer = Guest::sharing(&["https://api.example.com"], &egress)
        .get(&url)
        .await;
    assert!(matches!(answer, Err(Error::HttpRequestDenied)), "{answer:?}");
    assert_eq!(server.heads().len(), 1);
}

#[tokio::test]
async fn a_name_keeps_the_connection_that_was_vetted() {
    let server = RawServer::start(OK, Then::Again).await.unwrap();
    let port = server.port();
    let asked = AtomicUsize::new(0);
    let resolver = Resolver::fixed(move |_| match asked.fetch_add(1, Ordering::Relaxed) {
        0 => vec!["127.0.0.1".parse().unwrap()],
        _ => vec!["169.254.169.254".parse().unwrap()],
    });
    let internal = vec![format!("orders.internal:{port}").parse().unwrap()];
    let mut guest = Guest::new(
        &["*"],
        EgressConfig {
            internal,
            resolver,
            ..EgressConfig::default()
        },
    );
    for _ in 0..3 {
        assert_eq!(
            guest
                .get_text(&format!("http://orders.internal:{port}/"))
                .await
                .unwrap(),
            "ok"
        );
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
    assert_eq!(server.connections(), 1);
}

#[tokio::test]
async fn a_call_that_ends_closes_its_connections() {
    let server = RawServer::start("HTTP/1.1 200 OK\r\ncontent-length: 10\r\n\r\nfive!", Then::Hold)
        .await
        .unwrap();
    let url = format!("http://127.0.0.1:{}/", server.port());
    let mut config = internal(server.port());
    config.limits.connections = 1;
    let egress = Arc::new(Egress::new(config));
    for _ in 0..3 {
        // Each call leaves in the middle of the body; the next one finds the only place free again.
        let mut guest = Guest::sharing(&["*"], &egress);
        drop(guest.get(&url).await.unwrap());
    }
    assert_eq!(server.connections(), 3);
}
