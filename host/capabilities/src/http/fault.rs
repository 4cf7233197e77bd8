//! What went wrong at the wire, as the error codes of `wasi:http`.

use std::error::Error as StdError;
use std::io;

use hyper_util::client::legacy;
use wasmtime_wasi_http::Error;

use super::connect::ConnectError;

/// The error of a whole request.
pub(super) fn of_client(error: &legacy::Error) -> Error {
    let mut cause: Option<&(dyn StdError + 'static)> = Some(error);
    while let Some(current) = cause {
        if let Some(connect) = current.downcast_ref::<ConnectError>() {
            return of_connect(connect);
        }
        if let Some(hyper) = current.downcast_ref::<hyper::Error>() {
            return of_hyper(hyper);
        }
        cause = current.source();
    }
    Error::HttpProtocolError
}

/// The error of a request or of a response's body.
pub(super) fn of_hyper(error: &hyper::Error) -> Error {
    if let Some(own) = error.source().and_then(|source| source.downcast_ref::<Error>()) {
        return of_request_body(own);
    }
    if error.is_parse_too_large() {
        Error::HttpResponseHeaderSectionSize(None)
    } else if error.is_incomplete_message() || has_kind(error, &[io::ErrorKind::UnexpectedEof]) {
        Error::HttpResponseIncomplete
    } else if error.is_timeout() {
        Error::HttpResponseTimeout
    } else if error.is_canceled() || error.is_closed() || has_kind(error, &BROKEN) {
        Error::ConnectionTerminated
    } else {
        Error::HttpProtocolError
    }
}

pub(super) fn of_connect(error: &ConnectError) -> Error {
    match error {
        ConnectError::NoAddress => Error::DnsError {
            rcode: Some("the name has no address".to_owned()),
            info_code: None,
        },
        ConnectError::Prohibited { .. } => Error::DestinationIpProhibited,
        ConnectError::Refused => Error::ConnectionRefused,
        ConnectError::Unreachable => Error::DestinationUnavailable,
        ConnectError::Timeout => Error::ConnectionTimeout,
        ConnectError::Limit => Error::ConnectionLimitReached,
        ConnectError::Certificate => Error::TlsCertificateError,
        ConnectError::Alert(id, message) => Error::TlsAlertReceived {
            alert_id: Some(*id),
            alert_message: Some(message.clone()),
        },
        ConnectError::Tls => Error::TlsProtocolError,
    }
}

/// What the connector refused, if that is why there is no answer.
pub(super) fn prohibited(error: &legacy::Error) -> Option<(&str, &'static str)> {
    match error.source()?.downcast_ref::<ConnectError>()? {
        ConnectError::Prohibited { address, why } => Some((address, why)),
        _ => None,
    }
}

pub(super) fn find_rustls<'a>(error: &'a (dyn StdError + 'static)) -> Option<&'a rustls::Error> {
    let mut current = error;
    loop {
        if let Some(found) = current.downcast_ref() {
            return Some(found);
        }
        // The source of an `io::Error` is the source of what it wraps, not what it wraps.
        current = match current.downcast_ref::<io::Error>() {
            Some(io) => io.get_ref()?,
            None => current.source()?,
        };
    }
}

/// The name that an audit entry shows: the case of `error-code` in `wasi:http/types`, in lower case.
pub(super) fn name(error: &Error) -> &'static str {
    match error {
        Error::DnsTimeout => "dns-timeout",
        Error::DnsError { .. } => "dns-error",
        Error::DestinationUnavailable => "destination-unavailable",
        Error::DestinationIpProhibited => "destination-ip-prohibited",
        Error::ConnectionRefused => "connection-refused",
        Error::ConnectionTerminated => "connection-terminated",
        Error::ConnectionTimeout => "connection-timeout",
        Error::ConnectionReadTimeout => "connection-read-timeout",
        Error::ConnectionLimitReached => "connection-limit-reached",
        Error::TlsProtocolError => "tls-protocol-error",
        Error::TlsCertificateError => "tls-certificate-error",
        Error::TlsAlertReceived { .. } => "tls-alert-received",
        Error::HttpRequestDenied => "http-request-denied",
        Error::HttpRequestBodySize(_) => "http-request-body-size",
        Error::HttpRequestMethodInvalid => "http-request-method-invalid",
        Error::HttpRequestUriInvalid => "http-request-uri-invalid",
        Error::HttpRequestUriTooLong => "http-request-uri-too-long",
        Error::HttpRequestHeaderSectionSize(_) => "http-request-header-section-size",
        Error::HttpRequestTrailerSectionSize(_) => "http-request-trailer-section-size",
        Error::HttpResponseIncomplete => "http-response-incomplete",
        Error::HttpResponseHeaderSectionSize(_) => "http-response-header-section-size",
        Error::HttpResponseBodySize(_) => "http-response-body-size",
        Error::HttpResponseTimeout => "http-response-timeout",
        Error::HttpUpgradeFailed => "http-upgrade-failed",
        Error::HttpProtocolError => "http-protocol-error",
        _ => "internal-error",
    }
}

/// What `RequestBody` reported; the error itself stays with hyper.
fn of_request_body(error: &Error) -> Error {
    match error {
        Error::HttpRequestBodySize(size) => Error::HttpRequestBodySize(*size),
        Error::HttpRequestTrailerSectionSize(size) => Error::HttpRequestTrailerSectionSize(*size),
        _ => Error::HttpProtocolError,
    }
}

const BROKEN: [io::ErrorKind; 2] = [io::ErrorKind::ConnectionReset, io::ErrorKind::BrokenPipe];

fn has_kind(error: &hyper::Error, kinds: &[io::ErrorKind]) -> bool {
    let io = error
        .source()
        .and_then(|source| source.downcast_ref::<io::Error>());
    io.is_some_and(|io| kinds.contains(&io.kind()))
}
