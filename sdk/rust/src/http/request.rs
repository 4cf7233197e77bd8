use serde::Serialize;

use super::{Body, Error, ErrorKind, Outgoing, Response, Url, redirect};
use crate::host;

/// As many as browsers follow.
pub const DEFAULT_REDIRECTS: u32 = 20;

/// A request in the making. What is wrong with it is said when it is sent.
#[derive(Debug, Clone)]
pub struct Request {
    outgoing: Result<Outgoing, Error>,
    redirects: u32,
}

/// A request on its way: the host works on it while the node does something else.
pub struct Pending {
    started: host::Started,
    outgoing: Outgoing,
    redirects: u32,
}

impl Request {
    pub fn new(method: &str, url: &str) -> Self {
        let is_token = |byte: u8| byte.is_ascii_alphanumeric() || b"!#$%&'*+-.^_`|~".contains(&byte);
        let method_is_valid = !method.is_empty() && method.bytes().all(is_token);
        let outgoing = Url::parse(url).and_then(|url| match method_is_valid {
            true => Ok(Outgoing {
                method: method.to_ascii_uppercase(),
                url,
                headers: Vec::new(),
                body: Body::default(),
                timeout_ms: None,
            }),
            false => Err(Error::invalid(format!("`{method}` is not a method"))),
        });
        Self {
            outgoing,
            redirects: DEFAULT_REDIRECTS,
        }
    }

    pub fn get(url: &str) -> Self {
        Self::new("GET", url)
    }

    pub fn post(url: &str) -> Self {
        Self::new("POST", url)
    }

    /// Adds a parameter to the URL.
    pub fn query(self, name: &str, value: &str) -> Self {
        self.change(|outgoing| outgoing.url = outgoing.url.with_query(name, value))
    }

    /// Sets a parameter of the URL, in the place of those with that name.
    pub fn only_query(self, name: &str, value: &str) -> Self {
        self.change(|outgoing| outgoing.url = outgoing.url.with_only_query(name, value))
    }

    /// Adds a header.
    pub fn header(self, name: &str, value: &str) -> Self {
        self.change(|outgoing| {
            outgoing
                .headers
                .push((name.to_ascii_lowercase(), value.to_owned()))
        })
    }

    /// The headers so far.
    pub fn has_header(&self, name: &str) -> bool {
        let headers = self
            .outgoing
            .as_ref()
            .map(|outgoing| outgoing.headers.as_slice())
            .unwrap_or_default();
        headers.iter().any(|(known, _)| known.eq_ignore_ascii_case(name))
    }

    /// Its media type becomes the header `content-type`, unless that is set.
    pub fn body(self, body: impl Into<Body>) -> Self {
        self.change(|outgoing| outgoing.body = body.into())
    }

    /// `value` as JSON.
    pub fn json<T: Serialize + ?Sized>(mut self, value: &T) -> Self {
        match serde_json::to_string(value) {
            Ok(json) => self.body(Body::json(json)),
            Err(error) => {
                self.outgoing = Err(Error::invalid(format!("the body has no JSON form: {error}")));
                self
            }
        }
    }

    /// How long to wait for the connection, for the response to start, and between its pieces.
    pub fn timeout_ms(self, timeout: u32) -> Self {
        self.change(|outgoing| outgoing.timeout_ms = Some(timeout))
    }

    /// How many redirects to follow; with 0 the redirect itself is the response.
    pub fn redirects(mut self, most: u32) -> Self {
        self.redirects = most;
        self
    }

    /// # Errors
    ///
    /// If there is no response; a response of any status is none.
    pub fn send(self) -> Result<Response, Error> {
        self.start()?.wait()
    }

    /// Hands the request to the host without waiting for the response.
    ///
    /// # Errors
    ///
    /// If the request is wrong or its body cannot be read.
    pub fn start(self) -> Result<Pending, Error> {
        let mut outgoing = self.outgoing?;
        let has = |name: &str| outgoing.headers.iter().any(|(known, _)| known == name);
        let media_type = outgoing
            .body
            .media_type()
            .filter(|_| !has("content-type"))
            .map(str::to_owned);
        let length = outgoing.body.length()?.filter(|_| !has("content-length"));
        let agent = (!has("user-agent")).then(|| "MonshyFlow".to_owned());
        outgoing
            .headers
            .extend(media_type.map(|media_type| ("content-type".to_owned(), media_type)));
        outgoing
            .headers
            .extend(agent.map(|agent| ("user-agent".to_owned(), agent)));
        let length = length.map(|length| ("content-length".to_owned(), length.to_string()));
        outgoing.headers.extend(length);
        let started = host::start(&outgoing)?;
        Ok(Pending {
            started,
            outgoing,
            redirects: self.redirects,
        })
    }

    fn change(mut self, change: impl FnOnce(&mut Outgoing)) -> Self {
        if let Ok(outgoing) = &mut self.outgoing {
            change(outgoing);
        }
        self
    }
}

impl Pending {
    /// Follows redirects, too.
    ///
    /// # Errors
    ///
    /// If there is no response; a response of any status is none.
    pub fn wait(self) -> Result<Response, Error> {
        let Self {
            mut started,
            mut outgoing,
            redirects,
        } = self;
        for followed in 0..=redirects {
            let (head, body) = started.wait().map_err(|error| at(error, &outgoing))?;
            let response = Response::new(outgoing.url.clone(), head, body);
            if redirects == 0 {
                return Ok(response);
            }
            let Some(next) = redirect::next(&outgoing, &response)? else {
                return Ok(response);
            };
            if followed == redirects {
                break;
            }
            drop(response);
            outgoing = next;
            started = host::start(&outgoing)?;
        }
        let message = format!("{} redirected more than {redirects} times", outgoing.url);
        Err(Error::new(ErrorKind::Redirect, message))
    }
}

fn at(error: Error, outgoing: &Outgoing) -> Error {
    Error {
        message: format!("{} {}: {}", outgoing.method, outgoing.url, error.message),
        ..error
    }
}
