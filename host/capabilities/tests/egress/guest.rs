use std::pin::Pin;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use bytes::Bytes;
use http::{Request, Response};
use http_body_util::{BodyExt, Full};
use monshyflow_capabilities::http::{
    Audit, AuditSink, Egress, EgressConfig, EgressLimits, HttpAccess, HttpCall, HttpGrant, TimeLimit,
};
use wasmtime_wasi_http::{Error, RequestOptions, WasiBody, WasiHttpHooks};

/// Stands in for a guest: makes the calls of the host that `wasi:http`'s bindings make for it.
pub(crate) struct Guest {
    pub(crate) call: HttpCall,
    pub(crate) options: RequestOptions,
    audits: Arc<Mutex<Vec<Audit>>>,
}

impl Guest {
    pub(crate) fn new(grant: &[&str], config: EgressConfig) -> Self {
        Self::sharing(grant, &Arc::new(Egress::new(config)))
    }

    pub(crate) fn sharing(grant: &[&str], egress: &Arc<Egress>) -> Self {
        let grant = Arc::new(HttpGrant::parse(grant).unwrap());
        Self::with(Some(HttpAccess {
            grant,
            egress: Arc::clone(egress),
        }))
    }

    pub(crate) fn with(access: Option<HttpAccess>) -> Self {
        let audits = Arc::<Mutex<Vec<Audit>>>::default();
        let list = Arc::clone(&audits);
        let sink: AuditSink = Arc::new(move |audit| list.lock().unwrap().push(audit));
        Self {
            call: HttpCall::new(access, sink),
            options: RequestOptions::default(),
            audits,
        }
    }

    pub(crate) async fn send(&mut self, request: Request<WasiBody>) -> Result<Response<WasiBody>, Error> {
        let io = Box::new(std::future::ready(Ok(())));
        let sent = self.call.send_request(request, Some(self.options), io);
        Pin::from(sent).await.map(|(response, _)| response)
    }

    pub(crate) async fn get(&mut self, url: &str) -> Result<Response<WasiBody>, Error> {
        self.send(request("GET", url, "")).await
    }

    pub(crate) async fn get_text(&mut self, url: &str) -> Result<String, Error> {
        read(self.get(url).await?).await
    }

    pub(crate) fn audits(&self) -> Vec<Audit> {
        self.audits.lock().unwrap().clone()
    }
}

pub(crate) fn request(method: &str, url: &str, content: &'static str) -> Request<WasiBody> {
    Request::builder()
        .method(method)
        .uri(url)
        .body(body(content))
        .unwrap()
}

pub(crate) fn body(content: impl Into<Bytes>) -> WasiBody {
    Full::new(content.into())
        .map_err(|never| match never {})
        .boxed_unsync()
}

pub(crate) async fn read(response: Response<WasiBody>) -> Result<String, Error> {
    let bytes = response.into_body().collect().await?.to_bytes();
    Ok(String::from_utf8_lossy(&bytes).into_owned())
}

/// Allows this port of 127.0.0.1.
pub(crate) fn internal(port: u16) -> EgressConfig {
    EgressConfig {
        internal: vec![format!("127.0.0.1:{port}").parse().unwrap()],
        ..EgressConfig::default()
    }
}

/// Allows this port of 127.0.0.1, with other limits.
pub(crate) fn limited(port: u16, change: impl FnOnce(&mut EgressLimits)) -> EgressConfig {
    let mut config = internal(port);
    change(&mut config.limits);
    config
}

pub(crate) fn milliseconds(default: u64, longest: u64) -> TimeLimit {
    TimeLimit {
        default: Duration::from_millis(default),
        longest: Duration::from_millis(longest),
    }
}
