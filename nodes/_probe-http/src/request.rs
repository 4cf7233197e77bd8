use std::time::Duration;

use serde_json::Value;
use wasip2::http::outgoing_handler;
use wasip2::http::types::{
    Fields, IncomingBody, Method, OutgoingBody, OutgoingRequest, RequestOptions, Scheme,
};
use wasip2::io::streams::StreamError;

/// Largest piece that `blocking-write-and-flush` takes.
const PIECE: u64 = 4096;

/// A request as the test wrote it.
#[derive(Clone)]
pub struct Wanted {
    method: String,
    scheme: String,
    authority: String,
    path: String,
    headers: Vec<(String, String)>,
    /// Bytes to send.
    body: u64,
    /// For all three timeouts.
    timeout: Option<Duration>,
}

pub struct Answer {
    pub status: u16,
    pub location: Option<String>,
    pub body: IncomingBody,
}

impl Wanted {
    /// `method`, `scheme`, `authority`, `path` with `pathRepeat`, `headers` as pairs, `body` in bytes, `timeoutNs`.
    pub fn read(params: &Value) -> Self {
        let text = |name: &str, other: &str| params[name].as_str().unwrap_or(other).to_owned();
        let pairs = params["headers"].as_array().into_iter().flatten();
        Self {
            method: text("method", "GET"),
            scheme: text("scheme", "http"),
            authority: text("authority", ""),
            path: text("path", "/").repeat(params["pathRepeat"].as_u64().unwrap_or(1) as usize),
            headers: pairs
                .map(|pair| {
                    let part = |index: usize| pair[index].as_str().unwrap_or_default().to_owned();
                    (part(0), part(1))
                })
                .collect(),
            body: params["body"].as_u64().unwrap_or(0),
            timeout: params["timeoutNs"].as_u64().map(Duration::from_nanos),
        }
    }

    /// The same request to another URL.
    pub fn at(&self, url: &str) -> Self {
        let (scheme, rest) = url.split_once("://").unwrap_or(("http", url));
        let (authority, path) = rest.split_once('/').unwrap_or((rest, ""));
        Self {
            scheme: scheme.into(),
            authority: authority.into(),
            path: format!("/{path}"),
            ..self.clone()
        }
    }

    pub fn send(&self) -> Result<Answer, String> {
        let fields = Fields::new();
        for (name, value) in &self.headers {
            let appended = fields.append(name, value.as_bytes());
            appended.map_err(|error| format!("header refused: {error:?}"))?;
        }
        let request = OutgoingRequest::new(fields);
        request
            .set_method(&method(&self.method))
            .map_err(|()| "method refused")?;
        request
            .set_scheme(Some(&scheme(&self.scheme)))
            .map_err(|()| "scheme refused")?;
        request
            .set_authority(Some(&self.authority))
            .map_err(|()| "authority refused")?;
        request
            .set_path_with_query(Some(&self.path))
            .map_err(|()| "path refused")?;
        let outgoing = request.body().map_err(|()| "no body")?;
        let response =
            outgoing_handler::handle(request, self.options()).map_err(|error| format!("{error:?}"))?;
        let written = self.write(outgoing);
        response.subscribe().block();
        let response = response
            .get()
            .ok_or("not ready")?
            .map_err(|()| "taken")?
            .map_err(|error| format!("{error:?}"))?;
        written?;
        let location = response
            .headers()
            .get("location")
            .first()
            .map(|text| String::from_utf8_lossy(text).into());
        let body = response.consume().map_err(|()| "no response body")?;
        Ok(Answer {
            status: response.status(),
            location,
            body,
        })
    }

    fn write(&self, body: OutgoingBody) -> Result<(), String> {
        let stream = body.write().map_err(|()| "no stream")?;
        let mut left = self.body;
        while left > 0 {
            let piece = vec![b'x'; left.min(PIECE) as usize];
            if stream.blocking_write_and_flush(&piece).is_err() {
                // Why is in the response.
                return Ok(());
            }
            left -= piece.len() as u64;
        }
        drop(stream);
        OutgoingBody::finish(body, None).map_err(|error| format!("{error:?}"))
    }

    fn options(&self) -> Option<RequestOptions> {
        let time = self.timeout.map(|time| time.as_nanos() as u64)?;
        let options = RequestOptions::new();
        _ = options.set_connect_timeout(Some(time));
        _ = options.set_first_byte_timeout(Some(time));
        _ = options.set_between_bytes_timeout(Some(time));
        Some(options)
    }
}

/// The length of a body.
pub fn read(body: IncomingBody) -> Result<u64, String> {
    let stream = body.stream().map_err(|()| "no stream")?;
    let mut length = 0;
    loop {
        match stream.blocking_read(1 << 16) {
            Ok(bytes) => length += bytes.len() as u64,
            Err(StreamError::Closed) => return Ok(length),
            Err(StreamError::LastOperationFailed(error)) => {
                let code = wasip2::http::types::http_error_code(&error);
                return Err(format!("body: {code:?}"));
            }
        }
    }
}

fn method(name: &str) -> Method {
    match name {
        "GET" => Method::Get,
        "POST" => Method::Post,
        "CONNECT" => Method::Connect,
        "TRACE" => Method::Trace,
        other => Method::Other(other.to_owned()),
    }
}

fn scheme(name: &str) -> Scheme {
    match name {
        "http" => Scheme::Http,
        "https" => Scheme::Https,
        other => Scheme::Other(other.to_owned()),
    }
}
