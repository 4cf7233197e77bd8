use std::sync::Arc;

use rcgen::{BasicConstraints, CertificateParams, CertifiedIssuer, IsCa, KeyPair};
use rustls::crypto::ring::default_provider;
use rustls::pki_types::{PrivateKeyDer, PrivatePkcs8KeyDer, TrustAnchor};
use rustls::{RootCertStore, ServerConfig};

/// A server's side of TLS, and the authority that a client must trust to accept it.
pub(crate) struct Certificate {
    pub(crate) server: Arc<ServerConfig>,
    pub(crate) authority: Vec<TrustAnchor<'static>>,
}

impl Certificate {
    /// For these names, signed by an authority that is made for them and then forgotten.
    pub(crate) fn new(names: Vec<String>) -> Result<Self, String> {
        let mut params = CertificateParams::default();
        params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
        let key = || KeyPair::generate().map_err(fault);
        let authority = CertifiedIssuer::self_signed(params, key()?).map_err(fault)?;
        let server_key = key()?;
        let params = CertificateParams::new(names).map_err(fault)?;
        let certificate = params.signed_by(&server_key, &authority).map_err(fault)?;
        let mut roots = RootCertStore::empty();
        roots.add(authority.der().clone()).map_err(fault)?;
        let private = PrivateKeyDer::from(PrivatePkcs8KeyDer::from(server_key.serialize_der()));
        let mut server = ServerConfig::builder_with_provider(Arc::new(default_provider()))
            .with_safe_default_protocol_versions()
            .map_err(fault)?
            .with_no_client_auth()
            .with_single_cert(vec![certificate.der().clone()], private)
            .map_err(fault)?;
        // Without HTTP/1.1 no response needs a header of the server's own, which a case would have to know.
        server.alpn_protocols = vec![b"h2".to_vec()];
        Ok(Self {
            server: Arc::new(server),
            authority: roots.roots,
        })
    }
}

fn fault(error: impl std::fmt::Display) -> String {
    format!("no certificate for the recorded requests: {error}")
}
