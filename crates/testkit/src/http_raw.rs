//! A TCP server that answers every request with the same bytes, for answers that no HTTP library would give, and
//! keeps what it was sent, byte by byte.

use std::net::{Ipv4Addr, SocketAddr};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, PoisonError};

use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};
use tokio::task::JoinHandle;

/// What to do when the answer is written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Then {
    Close,
    /// Wait for the next request on the same connection.
    Again,
    /// Keep the connection open without a further byte until the other side closes it.
    Hold,
}

/// Stops accepting when dropped.
#[derive(Debug)]
pub struct RawServer {
    address: SocketAddr,
    seen: Arc<Seen>,
    task: JoinHandle<()>,
}

#[derive(Debug, Default)]
struct Seen {
    connections: AtomicUsize,
    heads: Mutex<Vec<String>>,
}

impl RawServer {
    /// Answers with these bytes as soon as the empty line after a request's headers came in.
    ///
    /// # Errors
    ///
    /// If no port is free.
    pub async fn start(answer: impl Into<Vec<u8>>, then: Then) -> anyhow::Result<Self> {
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await?;
        let address = listener.local_addr()?;
        let seen = Arc::<Seen>::default();
        let (answer, noted) = (Arc::<[u8]>::from(answer.into()), Arc::clone(&seen));
        let task = tokio::spawn(async move {
            while let Ok((stream, _)) = listener.accept().await {
                noted.connections.fetch_add(1, Ordering::Relaxed);
                tokio::spawn(serve(stream, Arc::clone(&answer), then, Arc::clone(&noted)));
            }
        });
        Ok(Self { address, seen, task })
    }

    pub fn address(&self) -> SocketAddr {
        self.address
    }

    pub fn port(&self) -> u16 {
        self.address.port()
    }

    /// Request line and headers of every request, as they were sent.
    pub fn heads(&self) -> Vec<String> {
        self.seen
            .heads
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .clone()
    }

    /// Connections so far.
    pub fn connections(&self) -> usize {
        self.seen.connections.load(Ordering::Relaxed)
    }
}

impl Drop for RawServer {
    fn drop(&mut self) {
        self.task.abort();
    }
}

async fn serve(mut stream: TcpStream, answer: Arc<[u8]>, then: Then, seen: Arc<Seen>) {
    loop {
        let mut head = Vec::new();
        while !head.ends_with(b"\r\n\r\n") {
            match stream.read_u8().await {
                Ok(byte) => head.push(byte),
                Err(_) => return,
            }
        }
        let text = String::from_utf8_lossy(&head).into_owned();
        seen.heads
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .push(text);
        // The client may have gone: that is for the test to notice.
        let _ = stream.write_all(&answer).await;
        match then {
            Then::Again => {}
            Then::Close => return,
            Then::Hold => {
                let mut rest = [0; 1024];
                while matches!(stream.read(&mut rest).await, Ok(count) if count > 0) {}
                return;
            }
        }
    }
}
