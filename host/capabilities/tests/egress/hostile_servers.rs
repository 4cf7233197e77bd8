use std::time::Duration;

use monshyflow_testkit::http::HttpServer;
use monshyflow_testkit::http_raw::{RawServer, Then};
use wasmtime_wasi_http::Error;

use crate::guest::{Guest, internal};

async fn answer(bytes: impl Into<Vec<u8>>, then: Then) -> Result<String, Error> {
    let server = RawServer::start(bytes, then).await.unwrap();
    let mut guest = Guest::new(&["*"], internal(server.port()));
    guest.options.first_byte_timeout = Some(Duration::from_millis(500));
    guest.options.between_bytes_timeout = Some(Duration::from_millis(500));
    guest
        .get_text(&format!("http://127.0.0.1:{}/", server.port()))
        .await
}

#[tokio::test]
async fn malformed_answers_are_errors() {
    for bytes in [
        "SSH-2.0-OpenSSH_9.9\r\n\r\n",
        "HTTP/9.9 200 OK\r\n\r\n",
        "HTTP/1.1 2000 OK\r\n\r\n",
        "HTTP/1.1 200 OK\r\nno colon\r\n\r\n",
        "HTTP/1.1 200 OK\r\na\0b: c\r\n\r\n",
        "HTTP/1.1 200 OK\r\ncontent-length: 5\r\ncontent-length: 6\r\n\r\nhello!",
        "HTTP/1.1 200 OK\r\ncontent-length: -1\r\n\r\nhello",
        "HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\nxyz\r\nhello\r\n0\r\n\r\n",
        "HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\nffffffffffffffffff\r\nhello\r\n0\r\n\r\n",
    ] {
        let answer = answer(bytes, Then::Close).await;
        assert!(
            matches!(answer, Err(Error::HttpProtocolError)),
            "{bytes:?}: {answer:?}"
        );
    }
}

#[tokio::test]
async fn answers_that_end_early_are_errors() {
    for bytes in [
        "",
        "HTTP/1.1 200",
        "HTTP/1.1 200 OK\r\ncontent-length: 10\r\n\r\nfive!",
    ] {
        let answer = answer(bytes, Then::Close).await;
        let expected = matches!(
            answer,
            Err(Error::HttpResponseIncomplete | Error::ConnectionTerminated)
        );
        assert!(expected, "{bytes:?}: {answer:?}");
    }
    let chunk_cut = "HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\na\r\nfive!";
    assert!(answer(chunk_cut, Then::Close).await.is_err());
}

#[tokio::test]
async fn answers_that_never_come_time_out() {
    for bytes in ["", "HTTP/1.1 200 OK\r\nx-half: ", "HTTP/1.1 100 Continue\r\n\r\n"] {
        let answer = answer(bytes, Then::Hold).await;
        assert!(
            matches!(answer, Err(Error::HttpResponseTimeout)),
            "{bytes:?}: {answer:?}"
        );
    }
}

#[tokio::test]
async fn an_upgrade_that_nobody_asked_for_is_refused() {
    let upgrade = "HTTP/1.1 101 Switching Protocols\r\nconnection: upgrade\r\nupgrade: websocket\r\n\r\n";
    let answer = answer(upgrade, Then::Hold).await;
    assert!(matches!(answer, Err(Error::HttpUpgradeFailed)), "{answer:?}");
}

#[tokio::test]
async fn the_response_s_headers_are_limited() {
    let server = HttpServer::start().await.unwrap();
    let mut guest = Guest::new(&["*"], internal(server.port()));
    assert_eq!(
        guest
            .get(&server.url("/headers/200/500"))
            .await
            .unwrap()
            .headers()
            .len(),
        203
    );
    for path in ["/headers/2/100000", "/headers/250/500", "/headers/1000/1"] {
        let answer = guest.get(&server.url(path)).await;
        assert!(
            matches!(answer, Err(Error::HttpResponseHeaderSectionSize(_))),
            "{path}: {answer:?}"
        );
    }
    let endless = format!("HTTP/1.1 200 OK\r\nx: {}", "v".repeat(4 * 1024 * 1024));
    let answer = answer(endless, Then::Hold).await;
    assert!(
        matches!(answer, Err(Error::HttpResponseHeaderSectionSize(_))),
        "{answer:?}"
    );
}

#[tokio::test]
async fn nobody_there_is_an_error() {
    let server = HttpServer::start().await.unwrap();
    let (url, port) = (server.url("/"), server.port());
    drop(server);
    // The listener ends with its task, a moment after.
    tokio::time::sleep(Duration::from_millis(200)).await;
    let mut guest = Guest::new(&["*"], internal(port));
    let answer = guest.get(&url).await;
    assert!(matches!(answer, Err(Error::ConnectionRefused)), "{answer:?}");
}
