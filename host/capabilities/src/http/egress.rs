use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use hyper_rustls::HttpsConnectorBuilder;
use hyper_util::client::legacy;
use hyper_util::rt::{TokioExecutor, TokioTimer};
use tokio::sync::Semaphore;
use tokio::time::Instant;

use super::body::RequestBody;
use super::config::{EgressConfig, EgressLimits};
use super::connect::{Connector, VettedTcp};
use super::rate::Rate;
use super::resolve::Lookup;
use super::tls;

/// How long a connection waits for its next request.
const IDLE: Duration = Duration::from_secs(15);
const IDLE_PER_HOST: usize = 16;
/// Headers of one response. Their bytes are limited as well.
const RESPONSE_HEADERS: usize = 256;
/// Of HTTP/2: what a server may send ahead of a slow guest, per response and per connection, bytes.
const STREAM_WINDOW: u32 = 256 * 1024;
const CONNECTION_WINDOW: u32 = 1024 * 1024;
/// Of HTTP/2: a connection that does not answer is given up, so that it cannot swallow further requests.
const PING: Duration = Duration::from_secs(20);
/// Between two moments at which all idle connections are let go because too many are open.
const FRESH_POOL: Duration = Duration::from_secs(1);

pub(super) type Client = legacy::Client<Connector, RequestBody>;

/// The way out for the nodes of one tenant: connections, TLS sessions and rates are shared by the tenant's calls and with
/// nobody else. The caller keeps one for each tenant; this crate knows none.
#[derive(Debug)]
pub struct Egress {
    limits: EgressLimits,
    connector: Connector,
    /// Free places for open connections.
    open: Arc<Semaphore>,
    rate: Rate,
    pool: Mutex<Pool>,
}

#[derive(Debug)]
struct Pool {
    client: Client,
    since: Instant,
}

impl Egress {
    pub fn new(config: EgressConfig) -> Self {
        let limits = config.limits;
        let open = Arc::new(Semaphore::new(limits.connections.max(1) as usize));
        let tcp = VettedTcp {
            lookup: Lookup::new(config.resolver),
            internal: config.internal.into(),
            open: Arc::clone(&open),
            longest: limits.connect.longest,
        };
        let https = HttpsConnectorBuilder::new()
            .with_tls_config(tls::client_config(config.extra_roots))
            .https_or_http()
            .enable_all_versions()
            .wrap_connector(tcp);
        let connector = Connector {
            https,
            longest: limits.connect.longest,
        };
        let pool = Mutex::new(Pool {
            client: client(&connector, &limits),
            since: Instant::now(),
        });
        Self {
            limits,
            connector,
            open,
            rate: Rate::per_second(limits.requests_per_second),
            pool,
        }
    }

    pub fn limits(&self) -> &EgressLimits {
        &self.limits
    }

    /// Takes one from the rate: how long to wait, or nothing if that were longer than `longest`.
    pub(super) fn wait_for_rate(&self, longest: Duration) -> Option<Duration> {
        self.rate.take(Instant::now(), longest)
    }

    /// The pool to send with. It is replaced when idle connections take up so many places that new hosts would have to
    /// wait: requests under way keep theirs until they end.
    pub(super) fn client(&self) -> Client {
        let mut pool = self.pool.lock().unwrap_or_else(PoisonError::into_inner);
        let scarce = self.open.available_permits() < self.limits.connections as usize / 4;
        if scarce && pool.since.elapsed() > FRESH_POOL {
            *pool = Pool {
                client: client(&self.connector, &self.limits),
                since: Instant::now(),
            };
        }
        pool.client.clone()
    }
}

fn client(connector: &Connector, limits: &EgressLimits) -> Client {
    // hyper panics below 8 KiB.
    let buffer = limits.header_bytes.max(8 * 1024);
    legacy::Client::builder(TokioExecutor::new())
        .timer(TokioTimer::new())
        .pool_timer(TokioTimer::new())
        .pool_idle_timeout(IDLE)
        .pool_max_idle_per_host(IDLE_PER_HOST)
        .http1_max_buf_size(buffer)
        .http1_max_headers(RESPONSE_HEADERS)
        .http2_max_header_list_size(u32::try_from(limits.header_bytes).unwrap_or(u32::MAX))
        .http2_initial_stream_window_size(STREAM_WINDOW)
        .http2_initial_connection_window_size(CONNECTION_WINDOW)
        .http2_keep_alive_interval(PING)
        .http2_keep_alive_timeout(PING)
        .build(connector.clone())
}
