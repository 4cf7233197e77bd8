use std::future::Future;
use std::net::SocketAddr;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll, ready};
use std::time::Duration;

use http::Uri;
use hyper::rt::{Read, ReadBufCursor, Write};
use hyper_rustls::{HttpsConnector, MaybeHttpsStream};
use hyper_util::client::legacy::connect::{Connected, Connection};
use hyper_util::rt::TokioIo;
use tokio::net::TcpStream;
use tokio::sync::{OwnedSemaphorePermit, Semaphore};
use tokio::time::{Instant, timeout, timeout_at};
use tower::Service;

use super::address;
use super::config::AllowedInternal;
use super::fault::find_rustls;
use super::resolve::Lookup;
use super::target::Target;
use monshyflow_targets::Host;

/// Addresses of one name that are tried.
const ADDRESSES: usize = 8;

type Answer<T> = Pin<Box<dyn Future<Output = Result<T, ConnectError>> + Send>>;

/// Why there is no connection.
#[derive(Debug, Clone, thiserror::Error)]
pub(super) enum ConnectError {
    #[error("the name has no address")]
    NoAddress,
    #[error("`{address}` is {why}")]
    Prohibited { address: String, why: &'static str },
    #[error("the connection was refused")]
    Refused,
    #[error("the address cannot be reached")]
    Unreachable,
    #[error("the connection took too long")]
    Timeout,
    #[error("too many connections are open")]
    Limit,
    #[error("the certificate was not accepted")]
    Certificate,
    #[error("the server refused TLS: {1}")]
    Alert(u8, String),
    #[error("TLS failed")]
    Tls,
}

/// Connects to public addresses and to an operator's exceptions, by TCP.
#[derive(Debug, Clone)]
pub(super) struct VettedTcp {
    pub(super) lookup: Lookup,
    pub(super) internal: Arc<[AllowedInternal]>,
    pub(super) open: Arc<Semaphore>,
    pub(super) longest: Duration,
}

/// The same with TLS where the URL says https, all within the longest time that a guest may ask for.
#[derive(Debug, Clone)]
pub(super) struct Connector {
    pub(super) https: HttpsConnector<VettedTcp>,
    pub(super) longest: Duration,
}

/// Counts as open until it is dropped, whether a request uses it or it waits in the pool.
#[derive(Debug)]
pub(super) struct TcpConnection {
    io: TokioIo<TcpStream>,
    _open: OwnedSemaphorePermit,
}

impl VettedTcp {
    async fn connect(self, uri: Uri) -> Result<TcpConnection, ConnectError> {
        let deadline = Instant::now() + self.longest;
        let permit = Arc::clone(&self.open).acquire_owned();
        let permit = timeout_at(deadline, permit)
            .await
            .ok()
            .and_then(Result::ok)
            .ok_or(ConnectError::Limit)?;
        // The request was checked already; this is the same URL, as the pool's key.
        let target = Target::new(&uri, usize::MAX).map_err(|_| ConnectError::NoAddress)?;
        let addresses = timeout_at(deadline, self.vetted(&target))
            .await
            .map_err(|_| ConnectError::Timeout)??;
        let stream = connect_first(&addresses, deadline).await?;
        Ok(TcpConnection {
            io: TokioIo::new(stream),
            _open: permit,
        })
    }

    /// The addresses to connect to. One that is not allowed makes the whole answer suspect, so that all are refused.
    async fn vetted(&self, target: &Target) -> Result<Vec<SocketAddr>, ConnectError> {
        let exception = self
            .internal
            .iter()
            .find(|known| known.covers(&target.host, target.port));
        let addresses = match &target.host {
            Host::V4(address) => vec![SocketAddr::from((*address, target.port))],
            Host::V6(address) => vec![SocketAddr::from((*address, target.port))],
            Host::Name(name) => {
                if exception.is_none() && address::is_local_name(name) {
                    return Err(ConnectError::Prohibited {
                        address: name.clone(),
                        why: "this machine",
                    });
                }
                let answer = self.lookup.addresses(name, target.port).await;
                answer.ok_or(ConnectError::NoAddress)?
            }
        };
        for address in addresses.iter().map(SocketAddr::ip) {
            let refusal = match exception {
                Some(exception) => exception.refusal(address),
                None => address::refusal(address),
            };
            if let Some(why) = refusal {
                return Err(ConnectError::Prohibited {
                    address: address.to_string(),
                    why,
                });
            }
        }
        Ok(addresses)
    }
}

/// One after the other, each with its share of the time that is left.
async fn connect_first(addresses: &[SocketAddr], deadline: Instant) -> Result<TcpStream, ConnectError> {
    let mut last = ConnectError::NoAddress;
    let tried = addresses.len().min(ADDRESSES);
    for (index, address) in addresses.iter().take(tried).enumerate() {
        let left = deadline.saturating_duration_since(Instant::now());
        let share = left / u32::try_from(tried - index).unwrap_or(1);
        match timeout(share, TcpStream::connect(*address)).await {
            Ok(Ok(stream)) => {
                // Small requests should not wait for more; a socket without this option is slower, not wrong.
                let _ = stream.set_nodelay(true);
                return Ok(stream);
            }
            Ok(Err(error)) if error.kind() == std::io::ErrorKind::ConnectionRefused => {
                last = ConnectError::Refused
            }
            Ok(Err(_)) => last = ConnectError::Unreachable,
            Err(_) => last = ConnectError::Timeout,
        }
    }
    Err(last)
}

impl Service<Uri> for VettedTcp {
    type Response = TcpConnection;
    type Error = ConnectError;
    type Future = Answer<TcpConnection>;

    fn poll_ready(&mut self, _: &mut Context<'_>) -> Poll<Result<(), ConnectError>> {
        Poll::Ready(Ok(()))
    }

    fn call(&mut self, uri: Uri) -> Self::Future {
        Box::pin(self.clone().connect(uri))
    }
}

impl Service<Uri> for Connector {
    type Response = MaybeHttpsStream<TcpConnection>;
    type Error = ConnectError;
    type Future = Answer<Self::Response>;

    fn poll_ready(&mut self, context: &mut Context<'_>) -> Poll<Result<(), ConnectError>> {
        let ready = ready!(self.https.poll_ready(context));
        Poll::Ready(ready.map_err(|error| of_tls(error.as_ref())))
    }

    fn call(&mut self, uri: Uri) -> Self::Future {
        let connecting = timeout(self.longest, self.https.call(uri));
        Box::pin(async move {
            match connecting.await {
                Ok(connected) => connected.map_err(|error| of_tls(error.as_ref())),
                Err(_) => Err(ConnectError::Timeout),
            }
        })
    }
}

/// What TLS says, or what `VettedTcp` said below it.
fn of_tls(error: &(dyn std::error::Error + Send + Sync + 'static)) -> ConnectError {
    if let Some(below) = error.downcast_ref::<ConnectError>() {
        return below.clone();
    }
    match find_rustls(error) {
        Some(rustls::Error::InvalidCertificate(_)) => ConnectError::Certificate,
        Some(rustls::Error::AlertReceived(alert)) => {
            ConnectError::Alert(u8::from(*alert), format!("{alert:?}"))
        }
        _ => ConnectError::Tls,
    }
}

impl Connection for TcpConnection {
    fn connected(&self) -> Connected {
        Connected::new()
    }
}

impl Read for TcpConnection {
    fn poll_read(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        buffer: ReadBufCursor<'_>,
    ) -> Poll<std::io::Result<()>> {
        Pin::new(&mut self.io).poll_read(context, buffer)
    }
}

impl Write for TcpConnection {
    fn poll_write(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        bytes: &[u8],
    ) -> Poll<std::io::Result<usize>> {
        Pin::new(&mut self.io).poll_write(context, bytes)
    }

    fn poll_flush(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<std::io::Result<()>> {
        Pin::new(&mut self.io).poll_flush(context)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<std::io::Result<()>> {
        Pin::new(&mut self.io).poll_shutdown(context)
    }

    fn is_write_vectored(&self) -> bool {
        self.io.is_write_vectored()
    }

    fn poll_write_vectored(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        slices: &[std::io::IoSlice<'_>],
    ) -> Poll<std::io::Result<usize>> {
        Pin::new(&mut self.io).poll_write_vectored(context, slices)
    }
}
