//! `wasi:http/outgoing-handler`: requests of guests to the hosts that were granted, and nowhere else.
//!
//! The way of one request: count -> URL rebuilt from validated parts -> headers -> grant (scheme, host, port, method) ->
//! a place and the rate -> names resolved by the host -> address policy on **every** address -> connection to exactly a
//! vetted address, or one from the pool that was made so -> TLS -> request body counted -> response headers -> response
//! body counted, at the guest's pace. Redirects are answers like others: following one is a new request.
//!
//! Nothing here outlives the call: dropping the store drops the requests under way, and with them their connections.
//!
//! # Errors that the guest sees
//!
//! | `error-code` | when |
//! |---|---|
//! | `HTTP-request-denied` | no grant for `http`, none for this target or method, or too many requests in this call; see `HttpCall::denied` |
//! | `destination-IP-prohibited` | the target is, or one of its addresses is, not public; also in `HttpCall::denied` |
//! | `HTTP-request-URI-invalid` | user information, a path that is another URL, a host that is neither a name nor a canonical address, another scheme, a bad port |
//! | `HTTP-request-URI-too-long` | above `EgressLimits::url_bytes` |
//! | `HTTP-request-method-invalid` | CONNECT, TRACE and methods of one's own |
//! | `HTTP-request-header-section-size` | above `EgressLimits::header_bytes` |
//! | `HTTP-request-body-size` | above `EgressLimits::request_body_bytes`, or not as long as `content-length` says |
//! | `HTTP-protocol-error` | a forbidden header, a malformed `content-length`, or a malformed response |
//! | `DNS-error` | the name has no address |
//! | `connection-refused`, `destination-unavailable` | as the network says |
//! | `connection-timeout` | name, connection and TLS took longer than the connect timeout |
//! | `connection-limit-reached` | no place among the call's concurrent requests or the tenant's connections, or the tenant's rate is used up, for as long as the connect timeout |
//! | `TLS-certificate-error`, `TLS-alert-received`, `TLS-protocol-error` | the certificate or the handshake failed |
//! | `HTTP-response-timeout` | no response within the first-byte timeout |
//! | `connection-read-timeout` | the body stopped for longer than the between-bytes timeout |
//! | `HTTP-response-header-section-size` | above `EgressLimits::header_bytes` |
//! | `HTTP-response-body-size` | above `EgressLimits::response_body_bytes`, known before or found while reading |
//! | `HTTP-response-incomplete`, `connection-terminated` | the server went away in the middle |
//! | `HTTP-upgrade-failed` | the server changed the protocol (status 101) |

mod address;
mod audit;
mod body;
mod body_error;
mod call;
mod config;
mod connect;
mod denial;
mod egress;
mod fault;
mod grant;
mod headers;
mod rate;
mod resolve;
mod send;
mod target;
mod tls;

pub(crate) use body_error::link as link_body_errors;
pub(crate) use headers::is_forbidden;

pub use address::refusal as address_refusal;
pub use audit::{Audit, AuditSink};
pub use call::{HttpAccess, HttpCall};
pub use config::{AllowedInternal, EgressConfig, EgressLimits, InvalidInternal, TimeLimit};
pub use denial::{Denial, DenialReason};
pub use egress::Egress;
pub use grant::HttpGrant;
pub use resolve::Resolver;
pub use target::Target;
