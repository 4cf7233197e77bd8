use std::sync::{Arc, OnceLock};

use rustls::crypto::ring::default_provider;
use rustls::pki_types::TrustAnchor;
use rustls::{ClientConfig, RootCertStore};

/// TLS 1.2 and 1.3 with certificates checked against the system's authorities (an operator's own authority is installed
/// there, as for any program) and `extra`. Nothing of it is shared between tenants but the list of authorities: each
/// configuration has its own store of sessions.
///
/// # Panics
///
/// Never: ring has cipher suites for both versions.
pub(super) fn client_config(extra: Vec<TrustAnchor<'static>>) -> ClientConfig {
    let mut roots = system_roots();
    if !extra.is_empty() {
        Arc::make_mut(&mut roots).extend(extra);
    }
    ClientConfig::builder_with_provider(Arc::new(default_provider()))
        .with_safe_default_protocol_versions()
        .expect("ring has cipher suites for TLS 1.2 and 1.3")
        .with_root_certificates(roots)
        .with_no_client_auth()
}

/// Read once per process.
fn system_roots() -> Arc<RootCertStore> {
    static ROOTS: OnceLock<Arc<RootCertStore>> = OnceLock::new();
    let load = || {
        let found = rustls_native_certs::load_native_certs();
        let mut roots = RootCertStore::empty();
        let (usable, _) = roots.add_parsable_certificates(found.certs);
        if usable == 0 {
            tracing::warn!(
                problems = ?found.errors,
                "the system has no certificate authorities, so https requests of nodes will fail: \
                 install the package ca-certificates or set SSL_CERT_FILE"
            );
        }
        Arc::new(roots)
    };
    Arc::clone(ROOTS.get_or_init(load))
}
