use std::net::IpAddr;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use monshyflow_capabilities::http::{DenialReason, EgressConfig, Resolver};
use monshyflow_testkit::http::HttpServer;
use wasmtime_wasi_http::Error;

use crate::guest::{Guest, internal};

const SPECIAL: [&str; 38] = [
    "0.0.0.0",
    "10.0.0.1",
    "100.64.0.1",
    "100.100.100.200",
    "127.0.0.1",
    "127.1.2.3",
    "168.63.129.16",
    "169.254.169.254",
    "172.16.0.1",
    "172.31.255.254",
    "192.0.0.1",
    "192.0.2.1",
    "192.168.1.1",
    "198.18.0.1",
    "198.51.100.1",
    "203.0.113.1",
    "224.0.0.1",
    "240.0.0.1",
    "255.255.255.255",
    "::",
    "::1",
    "::ffff:127.0.0.1",
    "::ffff:169.254.169.254",
    "::ffff:a9fe:a9fe",
    "::ffff:8.8.8.8",
    "::127.0.0.1",
    "::ffff:0:10.0.0.1",
    "64:ff9b::7f00:1",
    "64:ff9b:1::a9fe:a9fe",
    "100::1",
    "2001::1",
    "2001:db8::1",
    "2002:a9fe:a9fe::",
    "fc00::1",
    "fd00:ec2::254",
    "fe80::1",
    "fec0::1",
    "ff02::1",
];

fn url_of(address: &str) -> String {
    if address.contains(':') {
        format!("http://[{address}]/")
    } else {
        format!("http://{address}/")
    }
}

#[tokio::test]
async fn refuses_every_special_address() {
    for address in SPECIAL {
        for url in [url_of(address), url_of(address).replace("http", "https")] {
            let mut guest = Guest::new(&["*"], EgressConfig::default());
            let answer = guest.get(&url).await;
            assert!(
                matches!(answer, Err(Error::DestinationIpProhibited)),
                "{url}: {answer:?}"
            );
            let denial = guest.call.denied().unwrap();
            assert!(matches!(denial.reason, DenialReason::Address { .. }), "{denial}");
            let address: IpAddr = address.parse().unwrap();
            assert!(
                denial.to_string().contains(&format!("because `{address}` is ")),
                "{denial}"
            );
        }
    }
}

#[tokio::test]
async fn refuses_names_of_special_addresses() {
    for address in SPECIAL {
        let answer: IpAddr = address.parse().unwrap();
        let resolver = Resolver::fixed(move |_| vec![answer]);
        let mut guest = Guest::new(
            &["*"],
            EgressConfig {
                resolver,
                ..EgressConfig::default()
            },
        );
        let answer = guest.get("http://innocent.example/").await;
        assert!(
            matches!(answer, Err(Error::DestinationIpProhibited)),
            "{address}: {answer:?}"
        );
        let denial = guest.call.denied().unwrap().to_string();
        assert!(
            denial.starts_with("http: http://innocent.example:80 "),
            "{denial}"
        );
    }
}

#[tokio::test]
async fn refuses_other_spellings_of_addresses() {
    for host in [
        "2130706433",
        "0x7f000001",
        "0x7f.0.0.1",
        "0x7f.1",
        "0177.0.0.1",
        "017700000001",
        "127.1",
        "127.0.1",
        "127.0.0.1.",
        "0",
        "3232235777",
        "0xa9fea9fe",
        "169.254.43518",
        "127.0.0.01",
    ] {
        let mut guest = Guest::new(&["*"], EgressConfig::default());
        let answer = guest.get(&format!("http://{host}/")).await;
        assert!(
            matches!(answer, Err(Error::HttpRequestUriInvalid)),
            "{host}: {answer:?}"
        );
    }
}

#[tokio::test]
async fn refuses_names_of_this_machine_without_asking() {
    for host in ["localhost", "LOCALHOST", "localhost.", "a.localhost"] {
        let resolver = Resolver::fixed(|name| panic!("asked for {name}"));
        let mut guest = Guest::new(
            &["*"],
            EgressConfig {
                resolver,
                ..EgressConfig::default()
            },
        );
        let answer = guest.get(&format!("http://{host}/")).await;
        assert!(
            matches!(answer, Err(Error::DestinationIpProhibited)),
            "{host}: {answer:?}"
        );
    }
}

#[tokio::test]
async fn one_bad_address_among_several_refuses_all() {
    let server = HttpServer::start().await.unwrap();
    // The first is public by the policy, but nothing is routed there.
    for answer in [["2d00::1", "127.0.0.1"], ["127.0.0.1", "2d00::1"]] {
        let answer: Vec<IpAddr> = answer.iter().map(|address| address.parse().unwrap()).collect();
        let resolver = Resolver::fixed(move |_| answer.clone());
        let mut guest = Guest::new(
            &["*"],
            EgressConfig {
                resolver,
                ..internal(server.port())
            },
        );
        let answer = guest
            .get(&format!("http://several.example:{}/echo", server.port()))
            .await;
        assert!(
            matches!(answer, Err(Error::DestinationIpProhibited)),
            "{answer:?}"
        );
    }
    assert!(server.ledger().is_empty());
}

#[tokio::test]
async fn connects_to_what_was_checked_when_the_answer_changes() {
    let server = HttpServer::start().await.unwrap();
    let asked = Arc::new(AtomicUsize::new(0));
    let count = Arc::clone(&asked);
    // The first answer is public, but nothing is routed there; then the name points to the server on loopback.
    let resolver = Resolver::fixed(move |_| match count.fetch_add(1, Ordering::Relaxed) {
        0 => vec!["2d00::1".parse().unwrap()],
        _ => vec!["127.0.0.1".parse().unwrap()],
    });
    let mut guest = Guest::new(
        &["*"],
        EgressConfig {
            resolver,
            ..internal(server.port())
        },
    );
    guest.options.connect_timeout = Some(Duration::from_millis(500));
    let url = format!("http://rebinding.example:{}/echo", server.port());
    let first = guest.get(&url).await;
    assert!(
        matches!(
            first,
            Err(Error::DestinationUnavailable | Error::ConnectionTimeout)
        ),
        "{first:?}"
    );
    assert_eq!(asked.load(Ordering::Relaxed), 1, "one answer is checked and used");
    let second = guest.get(&url).await;
    assert!(
        matches!(second, Err(Error::DestinationIpProhibited)),
        "{second:?}"
    );
    assert!(server.ledger().is_empty());
}

#[tokio::test]
async fn redirects_are_answers_and_their_targets_are_checked() {
    let server = HttpServer::start().await.unwrap();
    let other = HttpServer::start().await.unwrap();
    let mut guest = Guest::new(&["*"], internal(server.port()));
    let inside = other.url("/echo");
    for target in [
        "http://169.254.169.254/latest/meta-data",
        "http://[::ffff:7f00:1]/",
        inside.as_str(),
    ] {
        let response = guest
            .get(&server.url(&format!("/redirect/302?to={target}")))
            .await
            .unwrap();
        assert_eq!(response.status(), 302);
        let location = response.headers()["location"].to_str().unwrap().to_owned();
        assert_eq!(location, target);
        let followed = guest.get(&location).await;
        assert!(
            matches!(followed, Err(Error::DestinationIpProhibited)),
            "{target}: {followed:?}"
        );
    }
    assert_eq!(server.ledger().len(), 3);
    assert!(other.ledger().is_empty());
}

#[tokio::test]
async fn an_exception_is_for_the_written_host_and_port_only() {
    let server = HttpServer::start().await.unwrap();
    let other = HttpServer::start().await.unwrap();
    let resolver = Resolver::fixed(|_| vec!["127.0.0.1".parse().unwrap()]);
    let mut guest = Guest::new(
        &["*"],
        EgressConfig {
            resolver,
            ..internal(server.port())
        },
    );
    assert_eq!(guest.get(&server.url("/status/200")).await.unwrap().status(), 200);
    let port = server.port();
    for url in [
        other.url("/echo"),
        format!("http://127.0.0.2:{port}/echo"),
        format!("http://localhost:{port}/echo"),
        format!("http://points-there.example:{port}/echo"),
        format!("http://[::ffff:127.0.0.1]:{port}/echo"),
    ] {
        let answer = guest.get(&url).await;
        assert!(
            matches!(answer, Err(Error::DestinationIpProhibited)),
            "{url}: {answer:?}"
        );
    }
    assert_eq!(server.ledger().len(), 1);
}

#[tokio::test]
async fn a_stand_in_at_another_port_needs_the_exception_too() {
    let server = HttpServer::start().await.unwrap();
    let address = server.address();
    let config = |internal: &[&str]| EgressConfig {
        resolver: Resolver::sockets(move |name, port| {
            assert_eq!((name, port), ("orders.internal", 80));
            vec![address]
        }),
        internal: internal.iter().map(|text| text.parse().unwrap()).collect(),
        ..EgressConfig::default()
    };
    let mut guest = Guest::new(&["*"], config(&["orders.internal:80"]));
    assert!(guest.get_text("http://orders.internal/echo").await.is_ok());
    let mut guest = Guest::new(&["*"], config(&[]));
    let answer = guest.get("http://orders.internal/echo").await;
    assert!(
        matches!(answer, Err(Error::DestinationIpProhibited)),
        "{answer:?}"
    );
    assert_eq!(server.ledger().len(), 1);
}

#[tokio::test]
async fn an_exception_may_be_a_name() {
    let server = HttpServer::start().await.unwrap();
    let asked = Arc::new(AtomicUsize::new(0));
    let count = Arc::clone(&asked);
    let resolver = Resolver::fixed(move |name| match (name, count.fetch_add(1, Ordering::Relaxed)) {
        ("orders.internal", _) => vec!["127.0.0.1".parse().unwrap()],
        _ => vec!["169.254.169.254".parse().unwrap()],
    });
    let port = server.port();
    let exceptions = [
        format!("orders.internal:{port}"),
        format!("metadata.internal:{port}"),
    ];
    let internal = exceptions.iter().map(|text| text.parse().unwrap()).collect();
    let mut guest = Guest::new(
        &["*.internal:*"],
        EgressConfig {
            resolver,
            internal,
            ..EgressConfig::default()
        },
    );
    let text = guest
        .get_text(&format!("http://Orders.internal.:{port}/echo"))
        .await
        .unwrap();
    assert!(
        text.contains(&format!(r#"["host","orders.internal:{port}"]"#)),
        "{text}"
    );
    assert_eq!(
        asked.load(Ordering::Relaxed),
        1,
        "resolved once for one connection"
    );
    let answer = guest.get(&format!("http://metadata.internal:{port}/echo")).await;
    assert!(
        matches!(answer, Err(Error::DestinationIpProhibited)),
        "{answer:?}"
    );
}

#[tokio::test]
async fn what_is_not_granted_is_denied_without_looking_up_names() {
    let resolver = Resolver::fixed(|name| panic!("asked for {name}"));
    let mut guest = Guest::new(
        &["https://api.example.com", "GET https://read.example.com"],
        EgressConfig {
            resolver,
            ..EgressConfig::default()
        },
    );
    for (method, url) in [
        ("GET", "https://evil.example/"),
        ("GET", "http://api.example.com/"),
        ("GET", "https://api.example.com:8443/"),
        ("GET", "https://api.example.com.evil.example/"),
        ("POST", "https://read.example.com/"),
    ] {
        let answer = guest.send(crate::guest::request(method, url, "")).await;
        assert!(
            matches!(answer, Err(Error::HttpRequestDenied)),
            "{method} {url}: {answer:?}"
        );
    }
    let denial = guest.call.denied().unwrap().to_string();
    assert_eq!(
        denial,
        "http: https://evil.example:443 was refused for GET, because the grants of this node type cover only \
         https://api.example.com, GET https://read.example.com; an admin can grant more of what its manifest requests"
    );
    assert_eq!(guest.call.requests(), 5);
}

#[tokio::test]
async fn without_a_grant_everything_is_denied() {
    let mut guest = Guest::with(None);
    let answer = guest.get("https://api.example.com/").await;
    assert!(matches!(answer, Err(Error::HttpRequestDenied)), "{answer:?}");
    let denial = guest.call.denied().unwrap();
    assert_eq!(
        (denial.target.as_str(), &denial.reason),
        ("https://api.example.com:443", &DenialReason::NoGrant)
    );
    assert_eq!(guest.audits()[0].error, Some("http-request-denied"));
}
