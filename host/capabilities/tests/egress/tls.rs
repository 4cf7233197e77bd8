use std::net::IpAddr;

use http::Version;
use monshyflow_capabilities::http::{EgressConfig, Resolver};
use monshyflow_testkit::http::HttpServer;
use monshyflow_testkit::http_tls::HttpsServer;
use rustls::RootCertStore;
use wasmtime_wasi_http::Error;

use crate::guest::{Guest, internal, read};

/// Trusts the server's authority; both names lead to it.
fn config(server: &HttpsServer) -> EgressConfig {
    let mut roots = RootCertStore::empty();
    roots.add(server.authority()).unwrap();
    let loopback: IpAddr = "127.0.0.1".parse().unwrap();
    let hosts = ["secure.internal", "other.internal", "127.0.0.1"];
    EgressConfig {
        internal: hosts
            .iter()
            .map(|host| format!("{host}:{}", server.port()).parse().unwrap())
            .collect(),
        resolver: Resolver::fixed(move |_| vec![loopback]),
        extra_roots: roots.roots,
        ..EgressConfig::default()
    }
}

#[tokio::test]
async fn speaks_https_to_a_server_that_proves_its_name() {
    let server = HttpsServer::start(&["secure.internal", "127.0.0.1"])
        .await
        .unwrap();
    let mut guest = Guest::new(&["https://*"], config(&server));
    for host in ["secure.internal", "127.0.0.1"] {
        let response = guest
            .get(&format!("https://{host}:{}/echo?q", server.port()))
            .await
            .unwrap();
        assert_eq!(response.version(), Version::HTTP_2);
        assert!(read(response).await.unwrap().contains(r#""query":"q""#));
    }
    assert_eq!(server.ledger().len(), 2);
}

#[tokio::test]
async fn refuses_certificates_that_prove_nothing() {
    let server = HttpsServer::start(&["secure.internal"]).await.unwrap();
    let mut guest = Guest::new(&["*"], config(&server));
    let wrong_name = guest
        .get(&format!("https://other.internal:{}/echo", server.port()))
        .await;
    assert!(
        matches!(wrong_name, Err(Error::TlsCertificateError)),
        "{wrong_name:?}"
    );
    let untrusting = EgressConfig {
        extra_roots: Vec::new(),
        ..config(&server)
    };
    let unknown = Guest::new(&["*"], untrusting)
        .get(&format!("https://secure.internal:{}/", server.port()))
        .await;
    assert!(matches!(unknown, Err(Error::TlsCertificateError)), "{unknown:?}");
    assert!(server.ledger().is_empty());
}

#[tokio::test]
async fn a_server_without_tls_is_an_error() {
    let server = HttpServer::start().await.unwrap();
    let mut guest = Guest::new(&["*"], internal(server.port()));
    let answer = guest.get(&format!("https://127.0.0.1:{}/", server.port())).await;
    assert!(matches!(answer, Err(Error::TlsProtocolError)), "{answer:?}");
}
