//! Requests through `wasi:http`.

use std::io::Read;

use super::bindings::wasi::http::{outgoing_handler, types as wasi};
use super::bindings::wasi::io::streams::{InputStream, OutputStream, StreamError};
use crate::http::{Error, ErrorKind, Head, Outgoing, Piece};

/// Bytes of a blob that are in memory at a time.
const PIECE: usize = 64 * 1024;

/// The host works on it.
pub(crate) struct Started {
    response: wasi::FutureIncomingResponse,
}

/// Dropped in this order: a stream goes before the body that it belongs to.
pub(crate) struct ResponseBody {
    stream: InputStream,
    _body: wasi::IncomingBody,
}

pub(crate) fn start(outgoing: &Outgoing) -> Result<Started, Error> {
    let request = wasi::OutgoingRequest::new(fields(outgoing)?);
    let scheme = if outgoing.url.is_https() {
        wasi::Scheme::Https
    } else {
        wasi::Scheme::Http
    };
    let refused =
        |what: &str| Error::invalid(format!("the host does not accept the {what} of {}", outgoing.url));
    request
        .set_method(&method(&outgoing.method))
        .map_err(|()| refused("method"))?;
    request
        .set_scheme(Some(&scheme))
        .map_err(|()| refused("scheme"))?;
    request
        .set_authority(Some(outgoing.url.authority()))
        .map_err(|()| refused("host"))?;
    request
        .set_path_with_query(Some(&outgoing.url.path_and_query()))
        .map_err(|()| refused("path"))?;
    let body = request.body().map_err(|()| refused("body"))?;
    let response = outgoing_handler::handle(request, options(outgoing)).map_err(|code| from_code(&code))?;
    send(outgoing, body)?;
    Ok(Started { response })
}

impl Started {
    pub(crate) fn wait(self) -> Result<(Head, ResponseBody), Error> {
        self.response.subscribe().block();
        let gone = || Error::new(ErrorKind::Protocol, "the host lost the response");
        let response = self
            .response
            .get()
            .ok_or_else(gone)?
            .map_err(|()| gone())?
            .map_err(|code| from_code(&code))?;
        let headers = response.headers().entries().into_iter();
        let headers = headers.map(|(name, value)| {
            (
                name.to_ascii_lowercase(),
                String::from_utf8_lossy(&value).into_owned(),
            )
        });
        let head = Head {
            status: response.status(),
            headers: headers.collect(),
        };
        let body = response.consume().map_err(|()| gone())?;
        let stream = body.stream().map_err(|()| gone())?;
        Ok((head, ResponseBody { stream, _body: body }))
    }
}

impl ResponseBody {
    /// Empty at the end.
    pub(crate) fn read(&mut self, limit: usize) -> Result<Vec<u8>, Error> {
        loop {
            match self.stream.blocking_read(limit as u64) {
                Ok(bytes) if bytes.is_empty() => {}
                Ok(bytes) => return Ok(bytes),
                Err(StreamError::Closed) => return Ok(Vec::new()),
                Err(StreamError::LastOperationFailed(error)) => {
                    return Err(match wasi::http_error_code(&error) {
                        Some(code) => from_code(&code),
                        None => Error::new(ErrorKind::Connect, error.to_debug_string()),
                    });
                }
            }
        }
    }
}

fn fields(outgoing: &Outgoing) -> Result<wasi::Fields, Error> {
    let fields = wasi::Fields::new();
    let append = |name: &str, value: &str| {
        fields
            .append(name, value.as_bytes())
            .map_err(|error| match error {
                wasi::HeaderError::Forbidden => {
                    Error::invalid(format!("header `{name}` is the host's to set"))
                }
                _ => Error::invalid(format!(
                    "header `{name}` is malformed: no line breaks, and only letters, digits and - in its name"
                )),
            })
    };
    for (name, value) in &outgoing.headers {
        append(name, value)?;
    }
    Ok(fields)
}

fn options(outgoing: &Outgoing) -> Option<wasi::RequestOptions> {
    let nanoseconds = u64::from(outgoing.timeout_ms?) * 1_000_000;
    let options = wasi::RequestOptions::new();
    // A host that does not support one of them has its own.
    let _ = options.set_connect_timeout(Some(nanoseconds));
    let _ = options.set_first_byte_timeout(Some(nanoseconds));
    let _ = options.set_between_bytes_timeout(Some(nanoseconds));
    Some(options)
}

/// A server may answer and close before it has read everything; then its answer counts.
fn send(outgoing: &Outgoing, body: wasi::OutgoingBody) -> Result<(), Error> {
    let stream = body
        .write()
        .map_err(|()| Error::new(ErrorKind::Protocol, "the host takes no body"))?;
    let mut open = true;
    for piece in outgoing.body.pieces() {
        match piece {
            Piece::Bytes(bytes) => open = open && write(&stream, bytes),
            Piece::Blob(attachment) => {
                let mut reader = attachment.open()?;
                let mut buffer = vec![0; PIECE];
                while open {
                    let length = reader.read(&mut buffer)?;
                    if length == 0 {
                        break;
                    }
                    open = write(&stream, &buffer[..length]);
                }
            }
        }
    }
    if open && stream.flush().is_ok() {
        stream.subscribe().block();
    }
    drop(stream);
    let _ = wasi::OutgoingBody::finish(body, None);
    Ok(())
}

/// False if the stream is closed.
fn write(stream: &OutputStream, mut bytes: &[u8]) -> bool {
    while !bytes.is_empty() {
        let ready = match stream.check_write() {
            Ok(0) => {
                stream.subscribe().block();
                continue;
            }
            Ok(ready) => usize::try_from(ready).unwrap_or(usize::MAX).min(bytes.len()),
            Err(_) => return false,
        };
        if stream.write(&bytes[..ready]).is_err() {
            return false;
        }
        bytes = &bytes[ready..];
    }
    true
}

fn method(name: &str) -> wasi::Method {
    match name {
        "GET" => wasi::Method::Get,
        "HEAD" => wasi::Method::Head,
        "POST" => wasi::Method::Post,
        "PUT" => wasi::Method::Put,
        "DELETE" => wasi::Method::Delete,
        "OPTIONS" => wasi::Method::Options,
        "PATCH" => wasi::Method::Patch,
        other => wasi::Method::Other(other.to_owned()),
    }
}

fn from_code(code: &wasi::ErrorCode) -> Error {
    use wasi::ErrorCode as Code;
    let (kind, message) = match code {
        Code::HttpRequestDenied => (ErrorKind::Denied, "the host refused the request"),
        Code::DestinationIpProhibited => (ErrorKind::Denied, "nodes may not reach this address"),
        Code::DnsTimeout => (ErrorKind::Dns, "looking up the name took too long"),
        Code::DnsError(_) => (ErrorKind::Dns, "the name has no address"),
        Code::DestinationNotFound | Code::DestinationUnavailable | Code::DestinationIpUnroutable => {
            (ErrorKind::Connect, "there is no way to the address")
        }
        Code::ConnectionRefused => (ErrorKind::Connect, "the connection was refused"),
        Code::ConnectionTerminated => (ErrorKind::Connect, "the connection broke"),
        Code::ConnectionLimitReached => (ErrorKind::Connect, "too many connections at once"),
        Code::ConnectionTimeout => (ErrorKind::Timeout, "connecting took too long"),
        Code::ConnectionReadTimeout | Code::HttpResponseTimeout => {
            (ErrorKind::Timeout, "the response took too long")
        }
        Code::ConnectionWriteTimeout => (ErrorKind::Timeout, "sending took too long"),
        Code::TlsCertificateError => (ErrorKind::Tls, "the certificate is not accepted"),
        Code::TlsProtocolError | Code::TlsAlertReceived(_) => {
            (ErrorKind::Tls, "no encrypted connection came about")
        }
        Code::HttpRequestBodySize(_) => (
            ErrorKind::TooLarge,
            "the request's body is larger than the host allows",
        ),
        Code::HttpResponseBodySize(_) => (ErrorKind::TooLarge, "the response is larger than the host allows"),
        Code::HttpRequestHeaderSectionSize(_) | Code::HttpRequestHeaderSize(_) => (
            ErrorKind::TooLarge,
            "the request's headers are larger than the host allows",
        ),
        Code::HttpResponseHeaderSectionSize(_) | Code::HttpResponseHeaderSize(_) => (
            ErrorKind::TooLarge,
            "the response's headers are larger than the host allows",
        ),
        Code::HttpRequestMethodInvalid => (ErrorKind::Invalid, "the host does not accept the method"),
        Code::HttpRequestUriInvalid => (ErrorKind::Invalid, "the host does not accept the URL"),
        Code::HttpRequestUriTooLong => (ErrorKind::Invalid, "the URL is too long"),
        Code::HttpResponseIncomplete => (ErrorKind::Protocol, "the response ended too early"),
        Code::InternalError(Some(message)) => return Error::new(ErrorKind::Protocol, message.clone()),
        _ => (
            ErrorKind::Protocol,
            "the other side does not speak HTTP as expected",
        ),
    };
    Error::new(kind, message)
}
