//! A real HTTP server on a free port of loopback, which remembers what it was asked.
//!
//! | route | answer |
//! |---|---|
//! | `/echo`, `/echo/..` | method, path, query, headers and body of the request as JSON |
//! | `/status/{code}` | that status, the body says so |
//! | `/list/{count}` | a JSON array of `{"id": n, "name": "item-n"}` |
//! | `/bytes/{count}` | so many bytes, with `content-length` |
//! | `/chunked/{count}` | so many bytes in chunks of 16 KiB, without `content-length` |
//! | `/delay/{ms}` | 200 after that time |
//! | `/slow/{count}/{ms}` | one byte every so many milliseconds |
//! | `/stall/{count}` | so many bytes, then nothing, for ever |
//! | `/endless` | chunks of 16 KiB, for ever |
//! | `/redirect/{code}?to=URL` | that status with `location`, exactly what follows `to=` |
//! | `/headers/{count}/{size}` | so many headers with values of so many bytes |

use std::net::{Ipv4Addr, SocketAddr};
use std::sync::Arc;

use axum::Router;
pub use axum::body::Body;
use axum::body::Bytes;
use axum::extract::{Request, State};
use axum::http::StatusCode;
use axum::middleware::{Next, from_fn_with_state};
use axum::response::{IntoResponse, Response};
use tokio::net::TcpListener;
use tokio::task::JoinHandle;

use crate::http_ledger::{Ledger, Recorded};
use crate::http_routes;

/// Bytes of a request's body that the server reads.
const REQUEST_BODY: usize = 256 * 1024 * 1024;

/// Stops when dropped.
#[derive(Debug)]
pub struct HttpServer {
    address: SocketAddr,
    ledger: Ledger,
    task: JoinHandle<()>,
}

/// What to start: routes of its own, where to listen, where to write what was asked.
#[derive(Debug)]
pub struct HttpServerBuilder {
    router: Router,
    address: SocketAddr,
    ledger: Ledger,
}

impl HttpServer {
    /// The routes of this module on a free port of 127.0.0.1.
    ///
    /// # Errors
    ///
    /// If no port is free.
    pub async fn start() -> anyhow::Result<Self> {
        Self::builder().start().await
    }

    pub fn builder() -> HttpServerBuilder {
        HttpServerBuilder {
            router: http_routes::router(),
            address: SocketAddr::from((Ipv4Addr::LOCALHOST, 0)),
            ledger: Ledger::default(),
        }
    }

    pub fn address(&self) -> SocketAddr {
        self.address
    }

    pub fn port(&self) -> u16 {
        self.address.port()
    }

    /// `http://127.0.0.1:PORT` and the path, which starts with `/`.
    pub fn url(&self, path: &str) -> String {
        format!("http://{}{path}", self.address)
    }

    pub fn ledger(&self) -> &Ledger {
        &self.ledger
    }

    /// Serves until the process ends; for a server that is a process of its own.
    ///
    /// # Errors
    ///
    /// If serving failed.
    pub async fn wait(mut self) -> anyhow::Result<()> {
        Ok((&mut self.task).await?)
    }
}

impl Drop for HttpServer {
    fn drop(&mut self) {
        self.task.abort();
    }
}

impl HttpServerBuilder {
    /// Answers any method on a path (axum's syntax) by a function of the recorded request.
    #[must_use]
    pub fn on<F, R>(mut self, path: &str, answer: F) -> Self
    where
        F: Fn(&Recorded) -> R + Send + Sync + 'static,
        R: IntoResponse,
    {
        let answer = Arc::new(answer);
        let handler = move |request: Request| {
            let recorded = request.extensions().get::<Recorded>().cloned();
            let answer = Arc::clone(&answer);
            async move {
                match recorded {
                    Some(recorded) => answer(&recorded).into_response(),
                    None => StatusCode::INTERNAL_SERVER_ERROR.into_response(),
                }
            }
        };
        self.router = self.router.route(path, axum::routing::any(handler));
        self
    }

    /// Adds routes written for axum.
    #[must_use]
    pub fn merge(mut self, router: Router) -> Self {
        self.router = self.router.merge(router);
        self
    }

    #[must_use]
    pub fn listen_on(mut self, address: SocketAddr) -> Self {
        self.address = address;
        self
    }

    #[must_use]
    pub fn ledger(mut self, ledger: Ledger) -> Self {
        self.ledger = ledger;
        self
    }

    /// # Errors
    ///
    /// If the address cannot be listened on.
    pub async fn start(self) -> anyhow::Result<HttpServer> {
        let listener = TcpListener::bind(self.address).await?;
        let address = listener.local_addr()?;
        let app = self.router.layer(from_fn_with_state(self.ledger.clone(), record));
        let task = tokio::spawn(async move {
            // `axum::serve` ends only with its task.
            let _ = axum::serve(listener, app).await;
        });
        Ok(HttpServer {
            address,
            ledger: self.ledger,
            task,
        })
    }
}

/// Reads the whole request, writes it down, then lets the route answer.
pub(crate) async fn record(State(ledger): State<Ledger>, request: Request, next: Next) -> Response {
    let (parts, body) = request.into_parts();
    let body: Bytes = match axum::body::to_bytes(body, REQUEST_BODY).await {
        Ok(body) => body,
        Err(error) => return (StatusCode::BAD_REQUEST, error.to_string()).into_response(),
    };
    let headers = parts.headers.iter();
    let recorded = Recorded {
        method: parts.method.to_string(),
        path: parts.uri.path().to_owned(),
        query: parts.uri.query().unwrap_or_default().to_owned(),
        headers: headers
            .map(|(name, value)| {
                (
                    name.to_string(),
                    String::from_utf8_lossy(value.as_bytes()).into_owned(),
                )
            })
            .collect(),
        body: String::from_utf8_lossy(&body).into_owned(),
    };
    if let Err(error) = ledger.record(recorded.clone()) {
        return (StatusCode::INTERNAL_SERVER_ERROR, error.to_string()).into_response();
    }
    let mut request = Request::from_parts(parts, Body::from(body));
    request.extensions_mut().insert(recorded);
    next.run(request).await
}

#[cfg(test)]
mod tests {
    use tokio::io::{AsyncReadExt, AsyncWriteExt};
    use tokio::net::TcpStream;

    use super::*;

    async fn get(server: &HttpServer, path: &str) -> String {
        let mut stream = TcpStream::connect(server.address()).await.unwrap();
        let request = format!("GET {path} HTTP/1.1\r\nhost: here\r\nconnection: close\r\n\r\n");
        stream.write_all(request.as_bytes()).await.unwrap();
        let mut answer = String::new();
        stream.read_to_string(&mut answer).await.unwrap();
        answer
    }

    #[tokio::test]
    async fn answers_and_remembers_in_memory_and_in_a_file() {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("ledger.jsonl");
        let server = HttpServer::builder()
            .ledger(Ledger::with_file(&file).unwrap())
            .on("/own", |request| format!("you asked {}", request.query))
            .start()
            .await
            .unwrap();
        assert!(get(&server, "/own?a=1").await.ends_with("you asked a=1"));
        assert!(get(&server, "/status/418").await.starts_with("HTTP/1.1 418"));
        assert!(
            get(&server, "/list/2")
                .await
                .ends_with(r#"[{"id":0,"name":"item-0"},{"id":1,"name":"item-1"}]"#)
        );
        let redirect = get(&server, "/redirect/302?to=http://10.0.0.1/x?y=1").await;
        assert!(
            redirect.contains("location: http://10.0.0.1/x?y=1\r\n"),
            "{redirect}"
        );
        assert_eq!(server.ledger().len(), 4);
        assert_eq!(
            server.ledger().requests_to("/own")[0].header("host"),
            Some("here")
        );
        assert_eq!(Ledger::read_file(&file).unwrap(), server.ledger().requests());
    }
}
