use std::fmt;
use std::sync::atomic::{AtomicU32, Ordering};
use std::sync::{Arc, Mutex, PoisonError};

use http::{HeaderName, Request, Response};
use monshyflow_targets::METHODS;
use tokio::sync::Semaphore;
use wasmtime_wasi_http::{Error, ForbiddenHeaderFilter, RequestOptions, WasiBody, WasiHttpHooks};

use super::audit::{AuditSink, Exchange};
use super::body::RequestBody;
use super::config::EgressLimits;
use super::denial::{Denial, DenialReason};
use super::egress::Egress;
use super::grant::HttpGrant;
use super::headers;
use super::send::{Admitted, Times};
use super::target::Target;

/// What a guest writes of a body in one go, bytes; one such piece waits in the host.
const BODY_CHUNK: usize = 256 * 1024;
/// Longest list of granted targets in a denial, characters.
const GRANTED_SHOWN: usize = 300;

type Io = Box<dyn Future<Output = Result<(), Error>> + Send>;
pub(super) type Sent = Result<(Response<WasiBody>, Io), Error>;

/// What a call may do with `http`: where to, and the way there.
#[derive(Debug, Clone)]
pub struct HttpAccess {
    pub grant: Arc<HttpGrant>,
    pub egress: Arc<Egress>,
}

/// `http` of one call of a guest: lives in the store, counts, and remembers the first denial.
pub struct HttpCall {
    /// None: every request is denied.
    access: Option<HttpAccess>,
    audit: AuditSink,
    state: Arc<CallState>,
}

/// Shared with the requests under way.
#[derive(Debug)]
pub(super) struct CallState {
    requests: AtomicU32,
    slots: Arc<Semaphore>,
    denial: Mutex<Option<Denial>>,
}

impl HttpCall {
    pub fn new(access: Option<HttpAccess>, audit: AuditSink) -> Self {
        let slots = access
            .as_ref()
            .map_or(0, |access| access.egress.limits().concurrent_per_call);
        let state = CallState {
            requests: AtomicU32::new(0),
            slots: Arc::new(Semaphore::new(slots as usize)),
            denial: Mutex::new(None),
        };
        Self {
            access,
            audit,
            state: Arc::new(state),
        }
    }

    /// Requests that the guest made or tried to make: the cost of the call.
    pub fn requests(&self) -> u64 {
        u64::from(self.state.requests.load(Ordering::Relaxed))
    }

    /// The first request that was denied. If the guest then ends with an error, this is why.
    pub fn denied(&self) -> Option<Denial> {
        self.state.lock_denial().clone()
    }

    /// Everything that is decided before anything is sent or any name looked up.
    fn admit(&self, request: Request<WasiBody>, options: RequestOptions) -> Result<Admitted, Error> {
        let count = self.state.count();
        let limits = self
            .access
            .as_ref()
            .map_or_else(EgressLimits::default, |access| *access.egress.limits());
        let (parts, body) = request.into_parts();
        let target = Target::new(&parts.uri, limits.url_bytes);
        // One entry says that there were too many, not one for each of a million attempts.
        let sink = (count <= limits.requests_per_call.saturating_add(1)).then(|| Arc::clone(&self.audit));
        let mut exchange = Exchange::new(parts.method.clone(), target.as_ref().ok().cloned(), sink);
        let admitted = self
            .check(&parts, target, count, &limits)
            .inspect_err(|error| exchange.failed(error));
        let (target, egress, declared) = admitted?;
        let uri = target.uri().inspect_err(|error| exchange.failed(error))?;
        let meter = Arc::clone(exchange.meter());
        let body = RequestBody::new(
            body,
            meter,
            declared,
            limits.request_body_bytes,
            limits.header_bytes,
        );
        let mut request = Request::new(body);
        *request.method_mut() = parts.method;
        *request.headers_mut() = parts.headers;
        *request.uri_mut() = uri;
        let times = Times {
            connect: limits.connect.clamp(options.connect_timeout),
            first_byte: limits.first_byte.clamp(options.first_byte_timeout),
            between_bytes: limits.between_bytes.clamp(options.between_bytes_timeout),
        };
        Ok(Admitted {
            request,
            target,
            egress,
            state: Arc::clone(&self.state),
            exchange,
            times,
        })
    }

    /// The target, the way there and the body's declared length.
    fn check(
        &self,
        parts: &http::request::Parts,
        target: Result<Target, Error>,
        count: u32,
        limits: &EgressLimits,
    ) -> Result<(Target, Arc<Egress>, Option<u64>), Error> {
        let Some(access) = &self.access else {
            return Err(self.state.deny(target.as_ref().ok(), DenialReason::NoGrant));
        };
        if count > limits.requests_per_call {
            let reason = DenialReason::TooManyRequests {
                most: limits.requests_per_call,
            };
            return Err(self.state.deny(target.as_ref().ok(), reason));
        }
        if !METHODS.contains(&parts.method) {
            return Err(Error::HttpRequestMethodInvalid);
        }
        let target = target?;
        let declared = headers::check(&parts.headers, limits.header_bytes)?;
        if declared.is_some_and(|declared| declared > limits.request_body_bytes) {
            return Err(Error::HttpRequestBodySize(declared));
        }
        if !access.grant.allows(&parts.method, &target) {
            let granted = access.grant.to_string().chars().take(GRANTED_SHOWN).collect();
            let reason = DenialReason::NotGranted {
                method: parts.method.to_string(),
                granted,
            };
            return Err(self.state.deny(Some(&target), reason));
        }
        Ok((target, Arc::clone(&access.egress), declared))
    }
}

impl CallState {
    pub(super) fn slots(&self) -> &Arc<Semaphore> {
        &self.slots
    }

    /// Remembers the first denial; answers what the guest gets.
    pub(super) fn deny(&self, target: Option<&Target>, reason: DenialReason) -> Error {
        let error = match reason {
            DenialReason::Address { .. } => Error::DestinationIpProhibited,
            _ => Error::HttpRequestDenied,
        };
        let target = target.map_or_else(|| "a malformed URL".to_owned(), ToString::to_string);
        self.lock_denial().get_or_insert(Denial { target, reason });
        error
    }

    /// Counts a request; answers which one it is, from 1.
    fn count(&self) -> u32 {
        let add = |count: u32| Some(count.saturating_add(1));
        let before = self
            .requests
            .fetch_update(Ordering::Relaxed, Ordering::Relaxed, add);
        before.unwrap_or_else(|count| count).saturating_add(1)
    }

    fn lock_denial(&self) -> std::sync::MutexGuard<'_, Option<Denial>> {
        self.denial.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl WasiHttpHooks for HttpCall {
    fn is_forbidden_header(&mut self, name: &HeaderName) -> bool {
        headers::is_forbidden(name)
    }

    fn forbidden_header_filter(&mut self) -> ForbiddenHeaderFilter {
        Arc::new(headers::is_forbidden)
    }

    /// The client sets it, from the validated target.
    fn set_host_header(&mut self) -> bool {
        false
    }

    fn send_request(
        &mut self,
        request: Request<WasiBody>,
        options: Option<RequestOptions>,
        _response_error: Io,
    ) -> Box<dyn Future<Output = Sent> + Send> {
        match self.admit(request, options.unwrap_or_default()) {
            Ok(admitted) => Box::new(admitted.send()),
            Err(error) => Box::new(std::future::ready(Err(error))),
        }
    }

    fn p2_outgoing_body_chunk_size(&mut self) -> usize {
        BODY_CHUNK
    }
}

impl fmt::Debug for HttpCall {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("HttpCall")
            .field("access", &self.access)
            .field("state", &self.state)
            .finish_non_exhaustive()
    }
}
