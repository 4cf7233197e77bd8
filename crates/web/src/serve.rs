use std::io;
use std::sync::Arc;
use std::time::Duration;

use axum::Router;
use hyper::server::conn::http1;
use hyper_util::rt::{TokioIo, TokioTimer};
use hyper_util::server::graceful::GracefulShutdown;
use hyper_util::service::TowerToHyperService;
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::{OwnedSemaphorePermit, Semaphore};
use tokio_util::sync::CancellationToken;

#[derive(Debug, Clone)]
pub struct ServeConfig {
    /// Connections at the same time; more wait in the listener's backlog.
    pub connections: usize,
    /// A client has this long to send the head of a request, which also ends idle connections.
    pub head_timeout: Duration,
    /// After shutdown was asked for, requests have this long to end by themselves.
    pub drain: Duration,
}

impl Default for ServeConfig {
    fn default() -> Self {
        Self {
            connections: 4_096,
            head_timeout: Duration::from_secs(30),
            drain: Duration::from_secs(10),
        }
    }
}

/// Serves HTTP/1.1 until `shutdown`, then takes no new connection, lets open requests end, and returns.
pub async fn serve(listener: TcpListener, router: Router, shutdown: CancellationToken, config: ServeConfig) {
    let connections = Arc::new(Semaphore::new(config.connections));
    let graceful = GracefulShutdown::new();
    loop {
        let accepted = tokio::select! {
            accepted = accept(&listener, &connections) => accepted,
            () = shutdown.cancelled() => break,
        };
        match accepted {
            Ok((stream, permit)) => {
                let connection = connect(stream, router.clone(), config.head_timeout);
                let connection = graceful.watch(connection);
                tokio::spawn(async move {
                    if let Err(error) = connection.await {
                        tracing::debug!(%error, "a connection ended badly");
                    }
                    drop(permit);
                });
            }
            Err(error) => pause_after(&error).await,
        }
    }
    drop(listener);
    if tokio::time::timeout(config.drain, graceful.shutdown())
        .await
        .is_err()
    {
        tracing::warn!(after = ?config.drain, "requests were still open at shutdown and were cut off");
    }
}

async fn accept(
    listener: &TcpListener,
    connections: &Arc<Semaphore>,
) -> io::Result<(TcpStream, OwnedSemaphorePermit)> {
    let permit = Arc::clone(connections)
        .acquire_owned()
        .await
        .map_err(io::Error::other)?;
    let (stream, _) = listener.accept().await?;
    // Small answers must not wait for the client's delayed acknowledgement.
    stream.set_nodelay(true)?;
    Ok((stream, permit))
}

type Connection = http1::Connection<TokioIo<TcpStream>, TowerToHyperService<Router>>;

fn connect(stream: TcpStream, router: Router, head_timeout: Duration) -> Connection {
    http1::Builder::new()
        .timer(TokioTimer::new())
        .header_read_timeout(head_timeout)
        .max_headers(100)
        .serve_connection(TokioIo::new(stream), TowerToHyperService::new(router))
}

/// A client that went away costs nothing; when the process is out of descriptors, trying again at once would only burn CPU.
async fn pause_after(error: &io::Error) {
    let clients_fault = [
        io::ErrorKind::ConnectionAborted,
        io::ErrorKind::ConnectionReset,
        io::ErrorKind::ConnectionRefused,
        io::ErrorKind::InvalidInput,
    ];
    if !clients_fault.contains(&error.kind()) {
        tracing::error!(%error, "cannot accept connections");
        tokio::time::sleep(Duration::from_millis(100)).await;
    }
}
