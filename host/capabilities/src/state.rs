use std::sync::{Arc, LazyLock};
use std::time::Duration;

use wasmtime::component::{HasSelf, Linker, ResourceTable};
use wasmtime_wasi::{WasiCtx, WasiCtxView, WasiView};
use wasmtime_wasi_http::{WasiHttpCtx, WasiHttpCtxView, WasiHttpView};

use crate::bindings::Node;
use crate::blobs::{BlobTable, StoredBlob};
use crate::clocks::{CountingClock, HostClock, RunClock};
use crate::count::Counters;
use crate::credentials::CredentialPower;
use crate::http::{AuditSink, HttpCall};
use crate::kv::KvPower;
use crate::mail::Outbox;
use crate::random;
use crate::response::Response;
use crate::stdio::{Channel, Printer};
use crate::suspension::{Suspension, SuspensionPower};
use crate::transcript::SharedTranscript;
use crate::variables::SetVariables;
use crate::{Capability, Denial, Limits, MemoryLimit, Powers, Stop};

static NO_AUDIT: LazyLock<AuditSink> = LazyLock::new(|| Arc::new(|_| ()));

/// What the host knows of one call: the data of a store, made for the call and dropped with it.
pub struct CallState {
    wasi: WasiCtx,
    wasi_http: WasiHttpCtx,
    http: HttpCall,
    pub(crate) table: ResourceTable,
    pub(crate) counters: Counters,
    pub(crate) transcript: SharedTranscript,
    pub(crate) blobs: BlobTable,
    pub(crate) kv: Option<KvPower>,
    pub(crate) outbox: Outbox,
    pub(crate) credentials: Option<CredentialPower>,
    pub(crate) suspension_power: SuspensionPower,
    pub(crate) suspension: Option<Result<Suspension, &'static str>>,
    pub(crate) variables: SetVariables,
    pub(crate) response: Option<Response>,
    denial: Option<Denial>,
    pub memory: MemoryLimit,
}

impl CallState {
    pub fn new(powers: Powers, limits: &Limits) -> Self {
        let transcript = SharedTranscript::new(powers.notes, limits);
        let printer = |channel| Printer {
            channel,
            transcript: transcript.clone(),
        };
        let mut wasi = WasiCtx::builder();
        wasi.stdout(printer(Channel::Out))
            .stderr(printer(Channel::Error))
            .allow_tcp(false)
            .allow_udp(false)
            .allow_ip_name_lookup(false)
            .max_random_size(random::MAX_RANDOM);
        match powers.real_clock {
            Some(clock) => {
                wasi.wall_clock(HostClock(clock));
            }
            None => {
                wasi.wall_clock(RunClock(Duration::from_millis(powers.run_time_ms)));
                wasi.monotonic_clock(CountingClock::default());
            }
        }
        if !powers.real_random {
            random::seeded(&mut wasi, powers.seed);
        }
        let mut table = ResourceTable::new();
        table.set_max_capacity(limits.resources);
        Self {
            wasi: wasi.build(),
            wasi_http: WasiHttpCtx::new(),
            http: HttpCall::new(powers.http, powers.http_audit.unwrap_or_else(|| NO_AUDIT.clone())),
            table,
            counters: Counters::new(limits),
            transcript,
            blobs: BlobTable::new(powers.blobs, limits),
            kv: powers.kv,
            outbox: Outbox::new(powers.mail),
            credentials: powers.credentials,
            suspension_power: powers.suspension,
            suspension: None,
            variables: SetVariables::default(),
            response: None,
            denial: None,
            memory: MemoryLimit::new(limits.memory),
        }
    }

    /// Remembers the first power that the guest missed: if the call fails, that is why.
    pub(crate) fn deny(&mut self, capability: Capability, message: String) {
        self.denial.get_or_insert(Denial { capability, message });
    }

    pub fn denial(&self) -> Option<Denial> {
        let http = || {
            self.http.denied().map(|denied| Denial {
                capability: Capability::Http,
                message: denied.to_string(),
            })
        };
        self.denial.clone().or_else(http)
    }

    /// To be asked at each tick of the epoch.
    ///
    /// # Errors
    ///
    /// If the guest used up a budget that could not be checked within the host call itself.
    pub fn check_budget(&self) -> Result<(), Stop> {
        self.counters.check_wasi()
    }

    /// The blob behind a guest's handle.
    pub fn blob(&self, handle: u32) -> Option<&StoredBlob> {
        self.blobs.get(handle)
    }

    /// The end of what the guest wrote to standard error.
    pub fn stderr_tail(&self) -> String {
        self.transcript.lock().console.tail()
    }

    /// Sends what was held back. Returns how many log lines were dropped.
    pub fn finish_notes(&self) -> u64 {
        self.transcript.lock().finish()
    }

    /// How long a call that has said much waits before it ends, so that floods do not keep the disk from others.
    pub fn pause(&self) -> Duration {
        self.transcript.lock().pause()
    }

    /// Calls by capability, in name order.
    pub fn calls(&self) -> Vec<(&'static str, u64)> {
        self.counters.report(self.http.requests())
    }
}

impl WasiView for CallState {
    fn ctx(&mut self) -> WasiCtxView<'_> {
        self.counters.count_wasi();
        WasiCtxView {
            ctx: &mut self.wasi,
            table: &mut self.table,
        }
    }
}

impl WasiHttpView for CallState {
    fn http(&mut self) -> WasiHttpCtxView<'_> {
        self.counters.count_wasi();
        WasiHttpCtxView {
            hooks: &mut self.http,
            table: &mut self.table,
            ctx: &mut self.wasi_http,
        }
    }
}

impl crate::bindings::monshyflow::node::types::Host for CallState {}

/// Links all of WASI 0.2, `wasi:http` and the interfaces in `wit/`. What of it works is up to each call's state.
///
/// # Errors
///
/// If two of them define the same name, which no guest can cause.
pub fn link(linker: &mut Linker<CallState>) -> wasmtime::Result<()> {
    wasmtime_wasi::p2::add_to_linker_async(linker)?;
    wasmtime_wasi_http::p2::add_only_http_to_linker_async(linker)?;
    crate::http::link_body_errors(linker)?;
    Node::add_to_linker::<_, HasSelf<CallState>>(linker, |state| state)
}
