//! The HTTP server behind TLS, with a certificate of its own authority.

use std::net::{Ipv4Addr, SocketAddr};
use std::sync::Arc;

use axum::middleware::from_fn_with_state;
use axum::serve::Listener;
use rcgen::{BasicConstraints, CertificateParams, CertifiedIssuer, IsCa, KeyPair};
use tokio::net::{TcpListener, TcpStream};
use tokio::task::JoinHandle;
use tokio_rustls::TlsAcceptor;
use tokio_rustls::rustls::ServerConfig;
use tokio_rustls::rustls::crypto::ring::default_provider;
use tokio_rustls::rustls::pki_types::{CertificateDer, PrivateKeyDer, PrivatePkcs8KeyDer};
use tokio_rustls::server::TlsStream;

use crate::http::record;
use crate::http_ledger::Ledger;
use crate::http_routes;

/// The routes of `http`, over HTTP/2 or HTTP/1.1, as the client prefers. Stops when dropped.
#[derive(Debug)]
pub struct HttpsServer {
    address: SocketAddr,
    ledger: Ledger,
    authority: CertificateDer<'static>,
    task: JoinHandle<()>,
}

impl HttpsServer {
    /// With a certificate for these names (or IP addresses), signed by an authority that was made for this server.
    ///
    /// # Errors
    ///
    /// If a name is malformed or no port is free.
    pub async fn start(names: &[&str]) -> anyhow::Result<Self> {
        let (authority, config) = certificates(names)?;
        let tcp = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await?;
        let address = tcp.local_addr()?;
        let listener = TlsListener {
            tcp,
            acceptor: TlsAcceptor::from(Arc::new(config)),
        };
        let ledger = Ledger::default();
        let app = http_routes::router().layer(from_fn_with_state(ledger.clone(), record));
        let task = tokio::spawn(async move {
            // `axum::serve` ends only with its task.
            let _ = axum::serve(listener, app).await;
        });
        Ok(Self {
            address,
            ledger,
            authority,
            task,
        })
    }

    pub fn port(&self) -> u16 {
        self.address.port()
    }

    /// The certificate that a client must trust.
    pub fn authority(&self) -> CertificateDer<'static> {
        self.authority.clone()
    }

    pub fn ledger(&self) -> &Ledger {
        &self.ledger
    }
}

impl Drop for HttpsServer {
    fn drop(&mut self) {
        self.task.abort();
    }
}

fn certificates(names: &[&str]) -> anyhow::Result<(CertificateDer<'static>, ServerConfig)> {
    let mut params = CertificateParams::default();
    params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
    let authority = CertifiedIssuer::self_signed(params, KeyPair::generate()?)?;
    let key = KeyPair::generate()?;
    let names: Vec<String> = names.iter().map(|name| (*name).to_owned()).collect();
    let certificate = CertificateParams::new(names)?.signed_by(&key, &authority)?;
    let key = PrivateKeyDer::from(PrivatePkcs8KeyDer::from(key.serialize_der()));
    let mut config = ServerConfig::builder_with_provider(Arc::new(default_provider()))
        .with_safe_default_protocol_versions()?
        .with_no_client_auth()
        .with_single_cert(vec![certificate.der().clone()], key)?;
    config.alpn_protocols = vec![b"h2".to_vec(), b"http/1.1".to_vec()];
    Ok((authority.der().clone(), config))
}

struct TlsListener {
    tcp: TcpListener,
    acceptor: TlsAcceptor,
}

impl Listener for TlsListener {
    type Io = TlsStream<TcpStream>;
    type Addr = SocketAddr;

    async fn accept(&mut self) -> (Self::Io, Self::Addr) {
        loop {
            let Ok((stream, peer)) = self.tcp.accept().await else {
                continue;
            };
            // A client that does not trust the certificate ends here: wait for the next one.
            if let Ok(stream) = self.acceptor.accept(stream).await {
                return (stream, peer);
            }
        }
    }

    fn local_addr(&self) -> std::io::Result<SocketAddr> {
        self.tcp.local_addr()
    }
}
