use std::fmt;
use std::net::IpAddr;
use std::str::FromStr;
use std::time::Duration;

use rustls::pki_types::TrustAnchor;

use super::address;
use super::resolve::Resolver;
use monshyflow_targets::{Host, InvalidHost, parse_port, split_port};

/// What one tenant's requests may do, and where exceptions to the address policy are.
#[derive(Debug, Clone, Default)]
pub struct EgressConfig {
    /// An operator's exceptions to the address policy. A grant is still needed.
    pub internal: Vec<AllowedInternal>,
    pub resolver: Resolver,
    /// Trusted beside the system's certificate authorities.
    pub extra_roots: Vec<TrustAnchor<'static>>,
    pub limits: EgressLimits,
}

/// One host and port inside the operator's network that guests may reach, such as `127.0.0.1:8999`.
///
/// It is compared with the host **as the URL writes it**: an exception for `127.0.0.1:8999` does not cover a name that
/// resolves to 127.0.0.1. A name may resolve to loopback and private networks, but not to link-local addresses.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AllowedInternal {
    host: Host,
    port: u16,
}

#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error(
    "`{text}` is not an internal host and port: {reason}; write for example `127.0.0.1:8999` or `orders.internal:80`"
)]
pub struct InvalidInternal {
    text: String,
    reason: Reason,
}

#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
enum Reason {
    #[error("the port is missing or not 1 to 65535")]
    Port,
    #[error("nothing can be reached at this address")]
    Unreachable,
    #[error("{0}")]
    Host(#[from] InvalidHost),
}

/// Bytes count as they are on the wire, without TLS and chunk framing.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct EgressLimits {
    /// Requests of one call of a node.
    pub requests_per_call: u32,
    /// Of one call, from the request until its response body was read or dropped; more wait.
    pub concurrent_per_call: u32,
    /// Open connections of the tenant, idle ones included; more wait.
    pub connections: u32,
    /// Of the tenant, also the size of a burst; more wait.
    pub requests_per_second: u32,
    /// Host and path with query.
    pub url_bytes: usize,
    /// Of a request and of a response, each header counted with 32 bytes on top.
    pub header_bytes: usize,
    pub request_body_bytes: u64,
    pub response_body_bytes: u64,
    /// Names, connection and TLS together; also the longest wait for a free connection.
    pub connect: TimeLimit,
    /// From the last progress of the request's body to the response's headers.
    pub first_byte: TimeLimit,
    /// Between two pieces of the response's body, while the guest waits for them.
    pub between_bytes: TimeLimit,
}

/// What a guest gets when it asks for nothing or for zero, and the most that it can ask for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct TimeLimit {
    pub default: Duration,
    pub longest: Duration,
}

impl Default for EgressLimits {
    fn default() -> Self {
        let seconds = |default, longest| TimeLimit {
            default: Duration::from_secs(default),
            longest: Duration::from_secs(longest),
        };
        Self {
            requests_per_call: 1_000,
            concurrent_per_call: 32,
            connections: 256,
            requests_per_second: 1_000,
            url_bytes: 16 * 1024,
            header_bytes: 128 * 1024,
            request_body_bytes: 64 * 1024 * 1024,
            response_body_bytes: 64 * 1024 * 1024,
            connect: seconds(10, 30),
            first_byte: seconds(60, 300),
            between_bytes: seconds(30, 120),
        }
    }
}

impl TimeLimit {
    /// What a guest gets for what it asked.
    pub fn clamp(self, asked: Option<Duration>) -> Duration {
        match asked {
            None | Some(Duration::ZERO) => self.default,
            Some(asked) => asked.min(self.longest),
        }
    }
}

impl AllowedInternal {
    pub fn covers(&self, host: &Host, port: u16) -> bool {
        self.host == *host && self.port == port
    }

    /// Why an address that this exception's host stands for is refused nevertheless.
    pub(super) fn refusal(&self, address: IpAddr) -> Option<&'static str> {
        match self.host.address() {
            // The operator wrote this very address.
            Some(written) if written == address => None,
            Some(_) => Some("not the address of the exception"),
            None => address::refusal_of_internal(address),
        }
    }
}

impl FromStr for AllowedInternal {
    type Err = InvalidInternal;

    fn from_str(text: &str) -> Result<Self, InvalidInternal> {
        parse(text).map_err(|reason| InvalidInternal {
            text: text.chars().take(100).collect(),
            reason,
        })
    }
}

impl fmt::Display for AllowedInternal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}:{}", self.host, self.port)
    }
}

fn parse(text: &str) -> Result<AllowedInternal, Reason> {
    let (host, port) = split_port(text).ok_or(Reason::Port)?;
    let host: Host = host.parse()?;
    let port = port.and_then(parse_port).ok_or(Reason::Port)?;
    let unreachable = |address: IpAddr| address.is_unspecified() || address.is_multicast();
    if host.address().is_some_and(unreachable) {
        return Err(Reason::Unreachable);
    }
    Ok(AllowedInternal { host, port })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_exception_is_one_host_and_one_port() {
        let exception: AllowedInternal = "127.0.0.1:8999".parse().unwrap();
        assert!(exception.covers(&"127.0.0.1".parse().unwrap(), 8999));
        assert!(!exception.covers(&"127.0.0.1".parse().unwrap(), 9000));
        assert!(!exception.covers(&"localhost".parse().unwrap(), 8999));
        assert_eq!(exception.refusal("127.0.0.1".parse().unwrap()), None);
        assert!(exception.refusal("127.0.0.2".parse().unwrap()).is_some());
        assert_eq!(
            "Orders.Internal.:80"
                .parse::<AllowedInternal>()
                .unwrap()
                .to_string(),
            "orders.internal:80"
        );
        assert_eq!(
            "[::1]:80".parse::<AllowedInternal>().unwrap().to_string(),
            "[::1]:80"
        );
        for (text, reason) in [
            ("127.0.0.1", "port"),
            ("127.0.0.1:0", "port"),
            ("127.0.0.1:http", "port"),
            (":80", "host is missing"),
            ("http://a:80", "port"),
            ("127.1:80", "four decimal"),
            ("*.internal:80", "character"),
            ("0.0.0.0:80", "nothing can be reached"),
            ("[ff02::1]:80", "nothing can be reached"),
        ] {
            let error = text.parse::<AllowedInternal>().unwrap_err().to_string();
            assert!(error.contains(reason), "{text}: {error}");
        }
    }

    #[test]
    fn clamps_what_a_guest_asks() {
        let limit = EgressLimits::default().connect;
        for (asked, given) in [
            (None, 10_000),
            (Some(Duration::ZERO), 10_000),
            (Some(Duration::from_millis(1)), 1),
            (Some(Duration::from_secs(20)), 20_000),
            (Some(Duration::MAX), 30_000),
        ] {
            assert_eq!(limit.clamp(asked), Duration::from_millis(given), "{asked:?}");
        }
    }
}
