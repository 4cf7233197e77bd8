//! What the run answers to whoever waits for it, such as the caller of a webhook.
//!
//! Nothing happens before the step succeeds, and a call that asks for a [suspension](crate::suspension) must not answer. A run
//! answers once: of several steps that do, the first counts.

use std::fmt;

use crate::{Attachment, NodeError, host};

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Response {
    /// 200 to 599. With 204, 205 and 304 there is no body.
    pub status: u16,
    /// Names and values; a name may come several times. Those about the connection, and `content-length`, are the host's.
    pub headers: Vec<(String, String)>,
    pub body: Body,
}

#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub enum Body {
    #[default]
    Empty,
    /// At most 8 MiB; `text/plain; charset=utf-8` unless a header says otherwise.
    Text(String),
    /// Its bytes alone; `application/octet-stream` unless a header says otherwise.
    Attachment(Attachment),
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Error {
    /// Status, headers and body cannot be sent so.
    Invalid(String),
    /// Too many headers, too long ones, or too long a text.
    Limit(String),
    /// The call has answered already.
    Answered,
}

impl Response {
    /// Without headers and body.
    pub fn new(status: u16) -> Self {
        Self {
            status,
            headers: Vec::new(),
            body: Body::Empty,
        }
    }

    /// One more header.
    pub fn header(mut self, name: impl Into<String>, value: impl Into<String>) -> Self {
        self.headers.push((name.into(), value.into()));
        self
    }

    /// A header that is there unless it was set before.
    pub fn default_header(self, name: &str, value: impl Into<String>) -> Self {
        match self
            .headers
            .iter()
            .any(|(known, _)| known.eq_ignore_ascii_case(name))
        {
            true => self,
            false => self.header(name, value),
        }
    }

    pub fn body(self, body: Body) -> Self {
        Self { body, ..self }
    }
}

/// Answers, at most once in a call. What is refused sets nothing.
///
/// # Errors
///
/// As the host says.
pub fn set(response: &Response) -> Result<(), Error> {
    host::set_response(response)
}

impl fmt::Display for Error {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Invalid(reason) => write!(formatter, "the response is wrong: {reason}"),
            Self::Limit(limit) => write!(formatter, "the response is too large: {limit}"),
            Self::Answered => formatter.write_str("the call has answered already"),
        }
    }
}

impl std::error::Error for Error {}

impl From<Error> for NodeError {
    fn from(error: Error) -> Self {
        let message = error.to_string();
        match error {
            Error::Invalid(_) => Self::invalid("invalid-response", message),
            Error::Limit(_) => Self::invalid("response-too-large", message),
            Error::Answered => Self::permanent("answered-already", message),
        }
    }
}
