//! Connections: slow clients, too many of them, and the end.

use std::time::Duration;

use crate::support::{Server, read, start};
use axum::Router;
use axum::routing::get;
use monshyflow_web::ServeConfig;
use tokio::io::AsyncWriteExt;
use tokio::net::TcpStream;

fn router() -> Router {
    let slow = async || {
        tokio::time::sleep(Duration::from_millis(300)).await;
        "done"
    };
    let never = async || std::future::pending::<String>().await;
    Router::new()
        .route("/slow", get(slow))
        .route("/never", get(never))
}

async fn ask(server: &Server, path: &str) -> TcpStream {
    let mut stream = TcpStream::connect(server.address).await.unwrap();
    stream
        .write_all(format!("GET {path} HTTP/1.1\r\nhost: x\r\nconnection: close\r\n\r\n").as_bytes())
        .await
        .unwrap();
    stream
}

#[tokio::test]
async fn shutdown_lets_open_requests_end_and_takes_no_new_ones() {
    let mut server = start(router(), ServeConfig::default()).await;
    let mut idle = TcpStream::connect(server.address).await.unwrap();
    let mut open = ask(&server, "/slow").await;
    tokio::time::sleep(Duration::from_millis(100)).await;
    server.shutdown.cancel();
    assert_eq!(read(&mut open).await.body, "done");
    (&mut server.done).await.unwrap();
    assert!(TcpStream::connect(server.address).await.is_err());
    let mut nothing = Vec::new();
    let _ = tokio::io::AsyncReadExt::read_to_end(&mut idle, &mut nothing).await;
    assert!(nothing.is_empty());
}

#[tokio::test]
async fn a_request_that_never_ends_does_not_stop_shutdown() {
    let config = ServeConfig {
        drain: Duration::from_millis(200),
        ..ServeConfig::default()
    };
    let mut server = start(router(), config).await;
    let _open = ask(&server, "/never").await;
    tokio::time::sleep(Duration::from_millis(50)).await;
    server.shutdown.cancel();
    tokio::time::timeout(Duration::from_secs(10), &mut server.done)
        .await
        .expect("the drain ends")
        .unwrap();
}

#[tokio::test]
async fn a_head_that_does_not_end_is_cut_off() {
    let config = ServeConfig {
        head_timeout: Duration::from_millis(200),
        ..ServeConfig::default()
    };
    let server = start(router(), config).await;
    let mut stream = TcpStream::connect(server.address).await.unwrap();
    stream.write_all(b"GET /slow HTTP/1.1\r\nhost: ").await.unwrap();
    let mut rest = Vec::new();
    let closed = tokio::io::AsyncReadExt::read_to_end(&mut stream, &mut rest);
    let _ = tokio::time::timeout(Duration::from_secs(10), closed)
        .await
        .expect("the server closes");
    assert!(!String::from_utf8_lossy(&rest).contains("done"));
}

#[tokio::test]
async fn connections_above_the_limit_wait_for_their_turn() {
    let config = ServeConfig {
        connections: 1,
        ..ServeConfig::default()
    };
    let server = start(router(), config).await;
    let first = ask(&server, "/never").await;
    tokio::time::sleep(Duration::from_millis(50)).await;
    let mut second = ask(&server, "/slow").await;
    let early = tokio::time::timeout(Duration::from_millis(500), second.readable()).await;
    assert!(early.is_err(), "the first connection is still open");
    drop(first);
    assert_eq!(read(&mut second).await.body, "done");
}
