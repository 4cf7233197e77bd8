use std::convert::Infallible;
use std::io;
use std::net::{IpAddr, Ipv4Addr, SocketAddr};
use std::sync::{Arc, Mutex};

use bytes::Bytes;
use futures::stream;
use http::header::HOST;
use http::{HeaderValue, Request, Response};
use http_body_util::{BodyExt, StreamBody};
use hyper::body::{Frame, Incoming};
use hyper::server::conn::{http1, http2};
use hyper::service::service_fn;
use hyper_util::rt::{TokioExecutor, TokioIo};
use monshyflow_capabilities::http::Resolver;
use rustls::ServerConfig;
use tokio::net::TcpListener;
use tokio::task::JoinSet;
use tokio_rustls::TlsAcceptor;

use crate::Exchange;
use crate::certificate::Certificate;
use crate::exchange::{Arrived, Failure};
use crate::memory::locked;

/// Answers the requests of one case with what was recorded, over TLS and without, until it is dropped.
pub(crate) struct Server {
    script: Arc<Script>,
    addresses: Addresses,
    pub(crate) certificate: Certificate,
    _tasks: JoinSet<()>,
}

/// What is to come, and what came otherwise.
struct Script {
    /// In order; none where the request was made.
    exchanges: Mutex<Vec<Option<Exchange>>>,
    problems: Mutex<Vec<String>>,
}

#[derive(Clone, Copy)]
struct Addresses {
    plain: SocketAddr,
    tls: SocketAddr,
    /// Of a server that nobody trusts.
    stranger: SocketAddr,
    /// Nobody listens here.
    closed: SocketAddr,
}

/// The egress policy refuses it, whatever exceptions an operator made.
const REFUSED: IpAddr = IpAddr::V4(Ipv4Addr::new(169, 254, 0, 1));

type Body = StreamBody<stream::Iter<std::option::IntoIter<Result<Frame<Bytes>, Infallible>>>>;

/// Closes the connection instead of answering.
#[derive(Debug, thiserror::Error)]
#[error("recorded as a failure")]
struct Aborted;

impl Server {
    pub(crate) async fn start(exchanges: &[Exchange]) -> Result<Self, String> {
        let mut names = Vec::new();
        for exchange in exchanges {
            let (host, _) = exchange.target()?;
            if !names.contains(&host) {
                names.push(host);
            }
        }
        let certificate = Certificate::new(names.clone())?;
        let unknown = Certificate::new(names)?;
        let script = Arc::new(Script {
            exchanges: Mutex::new(exchanges.iter().cloned().map(Some).collect()),
            problems: Mutex::default(),
        });
        let mut tasks = JoinSet::new();
        let mut listen = async |tls: Option<Arc<ServerConfig>>| -> io::Result<SocketAddr> {
            let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await?;
            let address = listener.local_addr()?;
            tasks.spawn(serve(listener, tls, script.clone()));
            Ok(address)
        };
        let no_port = |error| format!("no free port for the recorded requests: {error}");
        let addresses = Addresses {
            plain: listen(None).await.map_err(no_port)?,
            tls: listen(Some(certificate.server.clone())).await.map_err(no_port)?,
            stranger: listen(Some(unknown.server)).await.map_err(no_port)?,
            closed: closed().await.map_err(no_port)?,
        };
        Ok(Self {
            script,
            addresses,
            certificate,
            _tasks: tasks,
        })
    }

    /// Leads every recorded host to this server, and others nowhere.
    pub(crate) fn resolver(&self) -> Resolver {
        let (script, addresses) = (self.script.clone(), self.addresses);
        Resolver::sockets(move |name, port| script.address(name, port, addresses).into_iter().collect())
    }

    /// What the node did otherwise than recorded.
    pub(crate) fn problems(&self) -> Vec<String> {
        let mut problems = locked(&self.script.problems).clone();
        for Exchange { request, .. } in locked(&self.script.exchanges).iter().flatten() {
            problems.push(format!(
                "the recorded request {} {} was not made",
                request.method, request.url
            ));
        }
        problems
    }
}

impl Script {
    /// Where the next request to this host and port goes.
    fn address(&self, name: &str, port: u16, addresses: Addresses) -> Option<SocketAddr> {
        let mut exchanges = locked(&self.exchanges);
        let is_next = |exchange: &Exchange| {
            exchange
                .target()
                .is_ok_and(|(host, known)| host.eq_ignore_ascii_case(name) && known == port)
        };
        let next = exchanges
            .iter_mut()
            .find(|slot| slot.as_ref().is_some_and(is_next))?;
        let exchange = next.as_ref()?;
        let address = match exchange.failure {
            Some(Failure::Denied) => Some(SocketAddr::new(REFUSED, port)),
            Some(Failure::Dns) => None,
            Some(Failure::Connect) => Some(addresses.closed),
            Some(Failure::Tls) => Some(addresses.stranger),
            Some(Failure::Timeout | Failure::Protocol) | None => {
                let plain = exchange.request.url.starts_with("http://");
                return Some(if plain { addresses.plain } else { addresses.tls });
            }
        };
        *next = None;
        address
    }

    /// The exchange that was recorded for this request. Where several items send requests at once, they arrive in any order.
    fn take(&self, arrived: &Arrived) -> Option<Exchange> {
        let mut exchanges = locked(&self.exchanges);
        let recorded = |slot: &Option<Exchange>| slot.as_ref().is_some_and(|known| known.is_for(arrived));
        let same = |slot: &Option<Exchange>| {
            let known = slot.as_ref().filter(|known| known.is_for(arrived));
            known.is_some_and(|known| known.request.difference(arrived).is_none())
        };
        let exact = exchanges.iter().position(same);
        let index = exact.or_else(|| exchanges.iter().position(recorded))?;
        exchanges.get_mut(index)?.take()
    }

    async fn answer(&self, arrived: Arrived) -> Result<Response<Body>, Aborted> {
        let asked = format!("{} {}", arrived.method, arrived.url);
        let problem = |what: String| locked(&self.problems).push(format!("{asked}: {what}"));
        let Some(exchange) = self.take(&arrived) else {
            problem("this request was not recorded".to_owned());
            return Err(Aborted);
        };
        if let Some(difference) = exchange.request.difference(&arrived) {
            problem(difference);
        }
        let response = match (exchange.response, exchange.failure) {
            (Some(response), None) => response,
            (None, Some(Failure::Timeout)) => return std::future::pending().await,
            (None, Some(Failure::Protocol)) => return Err(Aborted),
            (None, Some(failure)) => {
                problem(format!(
                    "{failure:?} can only come of a first request to a server"
                ));
                return Err(Aborted);
            }
            _ => {
                problem("an exchange needs either `response` or `failure`".to_owned());
                return Err(Aborted);
            }
        };
        let (status, headers, body) = response.parts().map_err(|fault| {
            problem(fault);
            Aborted
        })?;
        let frame = (!body.is_empty()).then(|| Ok(Frame::data(body)));
        let mut response = Response::new(StreamBody::new(stream::iter(frame)));
        (*response.status_mut(), *response.headers_mut()) = (status, headers);
        Ok(response)
    }
}

/// An address that refuses connections: a port that was free a moment ago.
async fn closed() -> io::Result<SocketAddr> {
    TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await?.local_addr()
}

async fn serve(listener: TcpListener, tls: Option<Arc<ServerConfig>>, script: Arc<Script>) {
    let tls = tls.map(TlsAcceptor::from);
    let mut connections = JoinSet::new();
    while let Ok((stream, _)) = listener.accept().await {
        let (tls, script) = (tls.clone(), script.clone());
        connections.spawn(async move {
            let service = |scheme| {
                service_fn(move |request| {
                    let script = script.clone();
                    async move {
                        let arrived = read(scheme, request).await?;
                        script.answer(arrived).await
                    }
                })
            };
            // How a connection ends is the client's affair; what went wrong with a request is in the script.
            let _ = match tls {
                None => {
                    let connection = http1::Builder::new()
                        .auto_date_header(false)
                        .serve_connection(TokioIo::new(stream), service("http"));
                    connection.await
                }
                Some(tls) => {
                    let Ok(stream) = tls.accept(stream).await else {
                        return;
                    };
                    let connection = http2::Builder::new(TokioExecutor::new())
                        .auto_date_header(false)
                        .serve_connection(TokioIo::new(stream), service("https"));
                    connection.await
                }
            };
        });
    }
}

async fn read(scheme: &str, request: Request<Incoming>) -> Result<Arrived, Aborted> {
    let (parts, body) = request.into_parts();
    let body = body.collect().await.map_err(|_| Aborted)?.to_bytes();
    let host = parts.headers.get(HOST).map(HeaderValue::as_bytes);
    let host = host.map(|host| String::from_utf8_lossy(host).into_owned());
    let authority = parts.uri.authority().map(ToString::to_string).or(host);
    let path = parts.uri.path_and_query().map_or("/", |path| path.as_str());
    Ok(Arrived {
        url: format!("{scheme}://{}{path}", authority.unwrap_or_default()),
        method: parts.method,
        headers: parts.headers,
        body,
    })
}
