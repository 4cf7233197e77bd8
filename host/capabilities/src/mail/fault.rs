//! What went wrong between here and the mail server, for the guest.

use std::error::Error as _;

use lettre::transport::smtp;

use crate::bindings::monshyflow::node::mail::{Error, Reply};

/// Longest text of a server that a guest sees, in bytes.
const MAX_TEXT: usize = 500;

/// By the class of the reply (RFC 5321, 4.2.1); everything before a reply may pass.
pub(super) fn of_smtp(error: &smtp::Error) -> Error {
    let code = error.status().map(|code| code.to_string());
    let said = error
        .source()
        .map_or_else(|| error.to_string(), ToString::to_string);
    let reply = Reply {
        code: code.and_then(|code| code.parse().ok()),
        message: one_line(&said),
    };
    if error.is_permanent() || error.is_client() {
        Error::Refused(reply)
    } else {
        Error::Transient(reply)
    }
}

pub(super) fn transient(message: String) -> Error {
    Error::Transient(Reply { code: None, message })
}

pub(super) fn in_words(error: &Error) -> String {
    let reply = |kind: &str, reply: &Reply| match reply.code {
        Some(code) => format!("{kind}: {code} {}", reply.message),
        None => format!("{kind}: {}", reply.message),
    };
    match error {
        Error::Denied(_) => "denied".to_owned(),
        Error::Unavailable(why) | Error::Invalid(why) | Error::Limit(why) => why.clone(),
        Error::Refused(said) => reply("refused", said),
        Error::Transient(said) => reply("not now", said),
    }
}

fn one_line(text: &str) -> String {
    let text = &text[..text.floor_char_boundary(MAX_TEXT)];
    let words: Vec<&str> = text
        .split(|c: char| c.is_control() || c == ' ')
        .filter(|word| !word.is_empty())
        .collect();
    words.join(" ")
}
