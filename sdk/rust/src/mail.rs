//! Sending mail by the server that the operator configured. Needs the capability `mail`.

use std::fmt;

use serde_json::json;

use crate::{Attachment, NodeError, host};

/// What is sent. Addresses are `ada@example.com` or `Ada Lovelace <ada@example.com>`; a text may hold several, separated by
/// commas. Characters beyond ASCII are fine. No text but `text` and `html` may hold control characters.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Message {
    /// One address; without it the operator's default.
    pub sender: Option<String>,
    pub reply_to: Vec<String>,
    pub to: Vec<String>,
    pub cc: Vec<String>,
    pub bcc: Vec<String>,
    pub subject: String,
    /// At least one of the two.
    pub text: Option<String>,
    pub html: Option<String>,
    /// Names and values beside the headers that the host writes.
    pub headers: Vec<(String, String)>,
    /// With the file name that the reader sees.
    pub attachments: Vec<(String, Attachment)>,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Receipt {
    /// The same if the step is tried again.
    pub message_id: String,
    /// The addresses that the server accepted: all of them, since a message goes to all or to none.
    pub accepted: Vec<String>,
}

/// What the mail server answered, if it did.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Reply {
    /// Such as 550 (RFC 5321).
    pub code: Option<u16>,
    pub message: String,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Error {
    /// The node has no grant for `mail`.
    Denied(String),
    /// The operator configured no mail server.
    Unavailable(String),
    /// An address, a header or another part of the message is wrong.
    Invalid(String),
    /// Recipients, bytes or messages over the limit.
    Limit(String),
    /// The server does not take the message; trying again will not help.
    Refused(Reply),
    /// The server could not be reached, or asks to try again later.
    Transient(Reply),
}

/// Returns when the server has taken the message over.
///
/// # Errors
///
/// As the host says.
pub fn send(message: &Message) -> Result<Receipt, Error> {
    host::send_mail(message)
}

impl fmt::Display for Reply {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.code {
            Some(code) => write!(formatter, "{code} {}", self.message),
            None => formatter.write_str(&self.message),
        }
    }
}

impl fmt::Display for Error {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Denied(reason) => write!(formatter, "mail is not granted: {reason}"),
            Self::Unavailable(reason) => formatter.write_str(reason),
            Self::Invalid(reason) => write!(formatter, "the message is wrong: {reason}"),
            Self::Limit(limit) => write!(formatter, "limit of mail reached: {limit}"),
            Self::Refused(reply) => write!(formatter, "the mail server refused the message: {reply}"),
            Self::Transient(reply) => {
                write!(formatter, "the mail server did not take the message now: {reply}")
            }
        }
    }
}

impl std::error::Error for Error {}

impl From<Error> for NodeError {
    fn from(error: Error) -> Self {
        let message = error.to_string();
        match error {
            Error::Denied(_) => Self::permanent("denied", message),
            Error::Unavailable(_) => Self::permanent("mail-unavailable", message),
            Error::Invalid(_) => Self::invalid("mail-invalid", message),
            Error::Limit(_) => Self::permanent("mail-limit", message),
            Error::Refused(reply) => with_code(Self::permanent("mail-refused", message), &reply),
            Error::Transient(reply) => with_code(Self::transient("mail-transient", message), &reply),
        }
    }
}

fn with_code(error: NodeError, reply: &Reply) -> NodeError {
    match reply.code {
        Some(code) => error.with_details(json!({ "smtpCode": code })),
        None => error,
    }
}
