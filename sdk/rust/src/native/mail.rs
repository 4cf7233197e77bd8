//! Messages are compared with those that a case expects, in order.

use serde_json::{Map, Value, json};

use super::world;
use crate::mail::{Error, Message, Receipt, Reply};
use crate::testing::{MailFailure, bytes_of};

pub(crate) fn send_mail(message: &Message) -> Result<Receipt, Error> {
    let found = shown(message);
    let number = world(|world| {
        world.sent += 1;
        world.sent
    });
    let Some(expected) = world(|world| world.mails.pop_front()) else {
        problem(format!("the message {found} was not expected"));
        return Err(Error::Denied("the message was not expected".to_owned()));
    };
    if found != with_bytes(expected.message) {
        problem(format!("message {number} is {found}"));
    }
    if let Some(failure) = expected.failure {
        return Err(failed(failure));
    }
    let accepted = [&message.to, &message.cc, &message.bcc];
    Ok(Receipt {
        message_id: format!("<{number}@monshyflow.example>"),
        accepted: accepted.into_iter().flatten().cloned().collect(),
    })
}

/// What is there, as cases write it.
fn shown(message: &Message) -> Value {
    let mut fields = Map::new();
    let mut field = |name: &str, value: Value| {
        let is_empty = value.is_null() || value.as_array().is_some_and(Vec::is_empty);
        if !is_empty {
            fields.insert(name.to_owned(), value);
        }
    };
    field("sender", json!(message.sender));
    field("replyTo", json!(message.reply_to));
    field("to", json!(message.to));
    field("cc", json!(message.cc));
    field("bcc", json!(message.bcc));
    field("subject", json!(message.subject));
    field("text", json!(message.text));
    field("html", json!(message.html));
    field("headers", json!(message.headers));
    let attachments = message.attachments.iter().map(|(name, attachment)| {
        let bytes = attachment.read(usize::MAX - 1).unwrap_or_default();
        json!({ "name": name, "mediaType": attachment.media_type, "bytes": bytes })
    });
    field("attachments", attachments.collect());
    Value::Object(fields)
}

/// `text` and `base64` of expected attachments become what is compared.
fn with_bytes(mut message: Value) -> Value {
    let attachments = message.get_mut("attachments").and_then(Value::as_array_mut);
    for attachment in attachments.into_iter().flatten().filter_map(Value::as_object_mut) {
        let text = attachment.remove("text");
        let base64 = attachment.remove("base64");
        let bytes = bytes_of(
            text.as_ref().and_then(Value::as_str),
            base64.as_ref().and_then(Value::as_str),
        );
        match bytes {
            Ok(bytes) => drop(attachment.insert("bytes".to_owned(), json!(bytes.unwrap_or_default()))),
            Err(error) => problem(error),
        }
    }
    message
}

fn failed(failure: MailFailure) -> Error {
    let MailFailure { kind, code, message } = failure;
    let reply = Reply {
        code,
        message: message.clone(),
    };
    match kind.as_str() {
        "denied" => Error::Denied(message),
        "unavailable" => Error::Unavailable(message),
        "invalid" => Error::Invalid(message),
        "limit" => Error::Limit(message),
        "refused" => Error::Refused(reply),
        "transient" => Error::Transient(reply),
        other => {
            problem(format!("`{other}` is no failure of mail"));
            Error::Refused(reply)
        }
    }
}

fn problem(text: String) {
    world(|world| world.problems.push(text));
}
