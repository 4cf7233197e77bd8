use http::header::HeaderValue;
use http::{Method, Request, Uri};
use monshyflow_capabilities::http::EgressConfig;
use monshyflow_testkit::http::HttpServer;
use monshyflow_testkit::http_raw::{RawServer, Then};
use wasmtime_wasi_http::p2::bindings::http::types::HostOutgoingRequest;
use wasmtime_wasi_http::{Error, FieldMap, FieldMapError, WasiHttpCtx, WasiHttpCtxView};

use crate::guest::{Guest, body, internal, limited, read, request};

#[tokio::test]
async fn sends_what_the_guest_wrote() {
    let server = HttpServer::start().await.unwrap();
    let mut guest = Guest::new(&["*"], internal(server.port()));
    for method in ["GET", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"] {
        let mut message = request(method, &server.url("/echo/a%20b?q=%7B1%7D&r"), "content");
        message
            .headers_mut()
            .append("x-one", HeaderValue::from_static("1"));
        message
            .headers_mut()
            .append("x-one", HeaderValue::from_static("2"));
        let text = read(guest.send(message).await.unwrap()).await.unwrap();
        assert!(text.starts_with(&format!(
            r#"{{"method":"{method}","path":"/echo/a%20b","query":"q=%7B1%7D&r""#
        )));
        assert!(text.contains(r#"["x-one","1"],["x-one","2"]"#), "{text}");
        assert!(text.ends_with(r#""body":"content"}"#), "{text}");
    }
    let head = guest
        .send(request("HEAD", &server.url("/bytes/100"), ""))
        .await
        .unwrap();
    assert_eq!(head.headers()["content-length"], "100");
    assert_eq!(read(head).await.unwrap(), "");
}

#[tokio::test]
async fn the_request_line_and_the_host_come_from_the_checked_url() {
    let server = RawServer::start("HTTP/1.1 204 No Content\r\n\r\n", Then::Close)
        .await
        .unwrap();
    let mut guest = Guest::new(&["*"], internal(server.port()));
    guest
        .get(&format!("http://127.0.0.1:{}?q", server.port()))
        .await
        .unwrap();
    let head = &server.heads()[0];
    assert!(head.starts_with("GET /?q HTTP/1.1\r\n"), "{head}");
    assert_eq!(head.matches("host:").count(), 1, "{head}");
    assert!(
        head.contains(&format!("host: 127.0.0.1:{}\r\n", server.port())),
        "{head}"
    );
}

#[tokio::test]
async fn refuses_urls_that_name_another_host() {
    let server = HttpServer::start().await.unwrap();
    let mut guest = Guest::new(&["*"], internal(server.port()));
    let authority = format!("127.0.0.1:{}", server.port());
    for (authority, path) in [
        (format!("user:password@{authority}"), "/echo"),
        (format!("good.example@{authority}"), "/echo"),
        (authority.clone(), "http://169.254.169.254/latest"),
        (authority.clone(), "*"),
        ("127.0.0.1:0".to_owned(), "/echo"),
        ("127.0.0.1:".to_owned(), "/echo"),
    ] {
        let uri = Uri::builder()
            .scheme("http")
            .authority(authority.as_str())
            .path_and_query(path)
            .build();
        let Ok(uri) = uri else { continue };
        let message = Request::builder().uri(uri.clone()).body(body("")).unwrap();
        let answer = guest.send(message).await;
        assert!(
            matches!(answer, Err(Error::HttpRequestUriInvalid)),
            "{uri}: {answer:?}"
        );
    }
    let mut message = request("GET", &server.url("/echo"), "");
    message
        .headers_mut()
        .insert("host", HeaderValue::from_static("169.254.169.254"));
    let answer = guest.send(message).await;
    assert!(matches!(answer, Err(Error::HttpProtocolError)), "{answer:?}");
    assert!(server.ledger().is_empty());
}

/// What the bindings refuse before a request exists, with the hooks of a call.
#[tokio::test]
async fn the_bindings_refuse_what_the_hooks_forbid() {
    let mut guest = Guest::new(&["*"], EgressConfig::default());
    let mut fields = FieldMap::new_mutable(1 << 20);
    for value in ["a\r\nhost: evil.example", "a\nb", "a\rb", "a\0b"] {
        let answer = fields.append(&mut guest.call, "x-header".to_owned(), value.into());
        assert_eq!(answer, Err(FieldMapError::InvalidHeaderValue), "{value:?}");
    }
    for name in ["x\r\ny", "x y", "", "x:"] {
        let answer = fields.append(&mut guest.call, name.to_owned(), b"v".to_vec());
        assert_eq!(answer, Err(FieldMapError::InvalidHeaderName), "{name:?}");
    }
    for name in [
        "Host",
        "Connection",
        "Transfer-Encoding",
        "Upgrade",
        "TE",
        "Expect",
        "Proxy-Authorization",
    ] {
        let answer = fields.append(&mut guest.call, name.to_owned(), b"v".to_vec());
        assert_eq!(answer, Err(FieldMapError::Forbidden), "{name}");
    }
    let (mut table, mut ctx) = (wasmtime::component::ResourceTable::new(), WasiHttpCtx::new());
    let mut view = WasiHttpCtxView {
        hooks: &mut guest.call,
        table: &mut table,
        ctx: &mut ctx,
    };
    let fields = view.table.push(fields).unwrap();
    let outgoing = view.new(fields).unwrap();
    let megabytes = format!("/{}", "a".repeat(8 * 1024 * 1024));
    for path in [
        megabytes.as_str(),
        "http://169.254.169.254/",
        "*",
        "/a\r\nb",
        "/a b",
    ] {
        let handle = wasmtime::component::Resource::new_borrow(outgoing.rep());
        let answer = view.set_path_with_query(handle, Some(path.to_owned())).unwrap();
        assert_eq!(answer, Err(()), "{}", &path[..path.len().min(40)]);
    }
}

#[tokio::test]
async fn refuses_long_urls_and_headers() {
    let server = HttpServer::start().await.unwrap();
    let mut guest = Guest::new(&["*"], internal(server.port()));
    assert!(
        server
            .url(&format!("/{}", "a".repeat(8 * 1024 * 1024)))
            .parse::<Uri>()
            .is_err()
    );
    let long = server.url(&format!("/{}", "a".repeat(16 * 1024)));
    let answer = guest.get(&long).await;
    assert!(matches!(answer, Err(Error::HttpRequestUriTooLong)), "{answer:?}");
    let mut message = request("GET", &server.url("/echo"), "");
    for index in 0..4 {
        let name = format!("x-header-{index}").parse::<http::HeaderName>().unwrap();
        message
            .headers_mut()
            .insert(name, HeaderValue::try_from("v".repeat(40_000)).unwrap());
    }
    let answer = guest.send(message).await;
    assert!(
        matches!(answer, Err(Error::HttpRequestHeaderSectionSize(Some(160_000..)))),
        "{answer:?}"
    );
    assert!(server.ledger().is_empty());
}

#[tokio::test]
async fn refuses_methods_that_do_not_ask_the_target() {
    let server = HttpServer::start().await.unwrap();
    let mut guest = Guest::new(&["*"], internal(server.port()));
    for method in [
        Method::CONNECT,
        Method::TRACE,
        "PURGE".parse().unwrap(),
        "get".parse().unwrap(),
    ] {
        let mut message = request("GET", &server.url("/echo"), "");
        *message.method_mut() = method.clone();
        let answer = guest.send(message).await;
        assert!(
            matches!(answer, Err(Error::HttpRequestMethodInvalid)),
            "{method}: {answer:?}"
        );
    }
    assert!(server.ledger().is_empty());
}

#[tokio::test]
async fn counts_and_limits_the_requests_of_a_call() {
    let server = HttpServer::start().await.unwrap();
    let mut guest = Guest::new(
        &["*"],
        limited(server.port(), |limits| limits.requests_per_call = 3),
    );
    for _ in 0..3 {
        guest.get_text(&server.url("/status/200")).await.unwrap();
    }
    for _ in 0..100 {
        let answer = guest.get(&server.url("/status/200")).await;
        assert!(matches!(answer, Err(Error::HttpRequestDenied)), "{answer:?}");
    }
    assert_eq!(server.ledger().len(), 3);
    assert_eq!(guest.call.requests(), 103);
    assert_eq!(guest.audits().len(), 4, "one entry says that there were too many");
    let denial = guest.call.denied().unwrap().to_string();
    assert!(
        denial.contains("one call of a node may send 3 requests"),
        "{denial}"
    );
}
