use std::fmt;

use crate::Limits;

/// What calls are counted by.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Capability {
    Blobs,
    Credentials,
    Http,
    Kv,
    Log,
    Mail,
    Progress,
    Response,
    Suspension,
    Variables,
    Wasi,
}

impl Capability {
    /// In name order.
    pub const ALL: [Self; 11] = [
        Self::Blobs,
        Self::Credentials,
        Self::Http,
        Self::Kv,
        Self::Log,
        Self::Mail,
        Self::Progress,
        Self::Response,
        Self::Suspension,
        Self::Variables,
        Self::Wasi,
    ];

    pub fn name(self) -> &'static str {
        match self {
            Self::Blobs => "blobs",
            Self::Credentials => "credentials",
            Self::Http => "http",
            Self::Kv => "kv",
            Self::Log => "log",
            Self::Mail => "mail",
            Self::Progress => "progress",
            Self::Response => "response",
            Self::Suspension => "suspension",
            Self::Variables => "variables",
            Self::Wasi => "wasi",
        }
    }
}

impl fmt::Display for Capability {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

/// Ends a call as a trap.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum Stop {
    #[error("more than {0} calls of the host")]
    HostCalls(u64),
}

/// A power that the guest tried to use and does not have.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Denial {
    pub capability: Capability,
    /// For people: what the guest wanted to reach, why it could not, what to do.
    pub message: String,
}

/// Calls so far.
#[derive(Debug)]
pub(crate) struct Counters {
    calls: [u64; Capability::ALL.len()],
    host_calls: u64,
    max_host_calls: u64,
    blob_pieces: u64,
    max_blob_pieces: u64,
    max_wasi_calls: u64,
}

impl Counters {
    pub(crate) fn new(limits: &Limits) -> Self {
        Self {
            calls: Default::default(),
            host_calls: 0,
            max_host_calls: limits.host_calls,
            blob_pieces: 0,
            max_blob_pieces: limits.blob_pieces,
            max_wasi_calls: limits.wasi_calls,
        }
    }

    /// Counts a call of an interface in `wit/`.
    pub(crate) fn count(&mut self, capability: Capability) -> Result<(), Stop> {
        self.calls[capability as usize] += 1;
        self.host_calls += 1;
        if self.host_calls > self.max_host_calls {
            Err(Stop::HostCalls(self.max_host_calls))
        } else {
            Ok(())
        }
    }

    /// Counts a piece that a reader or writer of binary data moves.
    pub(crate) fn count_piece(&mut self) -> Result<(), Stop> {
        self.calls[Capability::Blobs as usize] += 1;
        self.blob_pieces += 1;
        if self.blob_pieces > self.max_blob_pieces {
            Err(Stop::HostCalls(self.max_blob_pieces))
        } else {
            Ok(())
        }
    }

    /// Counts a call of WASI. The linker's accessors cannot fail, so that the limit takes effect at the next tick of
    /// the epoch, see `check_wasi`.
    pub(crate) fn count_wasi(&mut self) {
        self.calls[Capability::Wasi as usize] += 1;
    }

    pub(crate) fn check_wasi(&self) -> Result<(), Stop> {
        if self.calls[Capability::Wasi as usize] > self.max_wasi_calls {
            return Err(Stop::HostCalls(self.max_wasi_calls));
        }
        Ok(())
    }

    /// Calls by capability in name order, without those that were not used. `http_requests` are counted elsewhere.
    pub(crate) fn report(&self, http_requests: u64) -> Vec<(&'static str, u64)> {
        let of = |capability: Capability| match capability {
            Capability::Http => http_requests,
            other => self.calls[other as usize],
        };
        Capability::ALL
            .into_iter()
            .map(|each| (each.name(), of(each)))
            .filter(|(_, calls)| *calls > 0)
            .collect()
    }
}
