use std::time::Duration;

use monshyflow_capabilities::http::EgressConfig;
use monshyflow_testkit::http::HttpServer;

use crate::guest::{Guest, internal, read, request};

#[tokio::test]
async fn each_request_leaves_one_entry_when_it_is_over() {
    let server = HttpServer::start().await.unwrap();
    let mut guest = Guest::new(&["*"], internal(server.port()));
    let message = request("POST", &server.url("/status/418?token=secret"), "content");
    let response = guest.send(message).await.unwrap();
    assert!(guest.audits().is_empty(), "its body was not read yet");
    read(response).await.unwrap();
    let audit = guest.audits().remove(0);
    assert_eq!(
        (audit.method.as_str(), audit.scheme, audit.host.as_str()),
        ("POST", "http", "127.0.0.1")
    );
    assert_eq!((audit.port, audit.path.as_str()), (server.port(), "/status/418"));
    assert_eq!((audit.status, audit.error), (Some(418), None));
    assert_eq!((audit.bytes_up, audit.bytes_down), (7, 10));
    assert!(audit.wall > Duration::ZERO);
    assert!(!format!("{audit:?}").contains("secret"));
}

#[tokio::test]
async fn refused_failed_and_cancelled_requests_leave_entries_too() {
    let server = HttpServer::start().await.unwrap();
    let mut guest = Guest::new(&["*"], internal(server.port()));
    guest.get("http://10.0.0.1/path?query").await.unwrap_err();
    guest.get("http://user@10.0.0.1/").await.unwrap_err();
    let slow = server.url("/delay/60000");
    let cancelled = tokio::time::timeout(Duration::from_millis(200), guest.get(&slow)).await;
    assert!(cancelled.is_err());
    drop(guest.get(&server.url("/endless")).await.unwrap());
    let entries: Vec<_> = guest
        .audits()
        .into_iter()
        .map(|entry| (entry.host, entry.status, entry.error))
        .collect();
    let host = "127.0.0.1".to_owned();
    assert_eq!(
        entries,
        [
            ("10.0.0.1".to_owned(), None, Some("destination-ip-prohibited")),
            (String::new(), None, Some("http-request-uri-invalid")),
            (host.clone(), None, Some("cancelled")),
            (host, Some(200), None),
        ]
    );
}

#[tokio::test]
async fn denied_requests_leave_entries() {
    let mut guest = Guest::new(&["https://api.example.com"], EgressConfig::default());
    guest.get("https://other.example.com/path").await.unwrap_err();
    let audit = guest.audits().remove(0);
    assert_eq!(
        (audit.host.as_str(), audit.error),
        ("other.example.com", Some("http-request-denied"))
    );
    assert!(guest.call.denied().is_some());
}
