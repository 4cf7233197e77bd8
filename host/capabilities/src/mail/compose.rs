//! From what a guest says to a message as RFC 5322 has it. Everything that could break out of its place is refused here, before
//! lettre encodes the rest.

use lettre::Address;
use lettre::address::Envelope;
use lettre::message::header::{ContentTransferEncoding, ContentType, HeaderName, HeaderValue};
use lettre::message::{
    Attachment, Body, Mailbox, Mailboxes, Message as Composed, MessageBuilder, MultiPart, SinglePart,
};

use crate::bindings::monshyflow::node::mail::{Error, Header, Message};

const MAX_RECIPIENTS: usize = 100;
/// Bytes.
const MAX_SUBJECT: usize = 2_000;
const MAX_HEADERS: usize = 32;
const MAX_HEADER_VALUE: usize = 2_000;
const MAX_ADDRESSES: usize = 20_000;
const MAX_ATTACHMENTS: usize = 64;
const MAX_NAME: usize = 255;

/// Headers that the host writes itself, or that say something about the way of a message.
const RESERVED: [&str; 17] = [
    "from",
    "sender",
    "reply-to",
    "to",
    "cc",
    "bcc",
    "subject",
    "date",
    "message-id",
    "mime-version",
    "return-path",
    "received",
    "delivered-to",
    "authentication-results",
    "dkim-signature",
    "arc-seal",
    "arc-message-signature",
];
const RESERVED_BEGINNINGS: [&str; 2] = ["content-", "resent-"];

/// A message that can be handed over.
pub(super) struct Letter {
    pub(super) id: String,
    pub(super) recipients: Vec<String>,
    pub(super) envelope: Envelope,
    pub(super) bytes: Vec<u8>,
}

/// `id` is what message ids of the call begin with, and the number of this message.
pub(super) fn compose(
    message: &Message,
    attachments: Vec<Vec<u8>>,
    default_sender: Option<&Mailbox>,
    (id, number): (&str, u32),
) -> Result<Letter, Error> {
    let sender = sender(message, default_sender)?;
    let id = format!("<{id}.{number}@{}>", ascii_domain(&sender.email));
    let (to, cc, bcc) = (
        addresses("to", &message.to)?,
        addresses("cc", &message.cc)?,
        addresses("bcc", &message.bcc)?,
    );
    let recipients = recipients([&to, &cc, &bcc])?;
    check_text("the subject", &message.subject, MAX_SUBJECT)?;
    let mut builder = Composed::builder()
        .from(sender.clone())
        .subject(message.subject.clone())
        .message_id(Some(id.clone()));
    for mailbox in addresses("reply-to", &message.reply_to)? {
        builder = builder.reply_to(mailbox);
    }
    for mailbox in to {
        builder = builder.to(mailbox);
    }
    for mailbox in cc {
        builder = builder.cc(mailbox);
    }
    builder = headers(builder, &message.headers)?;
    let accepted = recipients.iter().map(ToString::to_string).collect();
    let envelope = Envelope::new(Some(sender.email), recipients);
    let envelope = envelope.map_err(|error| Error::Invalid(format!("the addresses: {error}")))?;
    let composed = body(builder.envelope(envelope.clone()), message, attachments)?;
    Ok(Letter {
        id,
        recipients: accepted,
        envelope,
        bytes: composed.formatted(),
    })
}

fn sender(message: &Message, default: Option<&Mailbox>) -> Result<Mailbox, Error> {
    let Some(text) = &message.sender else {
        return default.cloned().ok_or_else(|| {
            let why =
                "the message has no sender: name one, or let the operator set one with MONSHYFLOW_MAIL_FROM";
            Error::Invalid(why.to_owned())
        });
    };
    let mut mailboxes = addresses("from", std::slice::from_ref(text))?;
    match (mailboxes.pop(), mailboxes.is_empty()) {
        (Some(mailbox), true) => Ok(mailbox),
        _ => Err(Error::Invalid(format!(
            "`{}` is not one sender but none or several",
            shown(text)
        ))),
    }
}

/// All addresses of some texts, in order.
fn addresses(field: &str, texts: &[String]) -> Result<Vec<Mailbox>, Error> {
    let mut all = Vec::new();
    for text in texts {
        check_text(&format!("`{field}`"), text, MAX_ADDRESSES)?;
        if text.trim().is_empty() {
            continue;
        }
        let mailboxes: Mailboxes = text.trim().parse().map_err(|_| {
            Error::Invalid(format!(
                "`{}` in `{field}` is no address: write `ada@example.com` or `Ada Lovelace <ada@example.com>`, several with commas",
                shown(text)
            ))
        })?;
        all.extend(mailboxes);
        if all.len() > MAX_RECIPIENTS {
            return Err(too_many());
        }
    }
    Ok(all)
}

/// Each once.
fn recipients(lists: [&Vec<Mailbox>; 3]) -> Result<Vec<Address>, Error> {
    let mut all: Vec<Address> = Vec::new();
    for mailbox in lists.into_iter().flatten() {
        if !all.contains(&mailbox.email) {
            all.push(mailbox.email.clone());
        }
    }
    match all.len() {
        0 => Err(Error::Invalid(
            "the message has no recipient: `to`, `cc` and `bcc` are empty".to_owned(),
        )),
        1..=MAX_RECIPIENTS => Ok(all),
        _ => Err(too_many()),
    }
}

fn too_many() -> Error {
    Error::Limit(format!("a message has at most {MAX_RECIPIENTS} recipients"))
}

fn headers(mut builder: MessageBuilder, headers: &[Header]) -> Result<MessageBuilder, Error> {
    if headers.len() > MAX_HEADERS {
        return Err(Error::Limit(format!(
            "a message has at most {MAX_HEADERS} headers of its own"
        )));
    }
    for Header { name, value } in headers {
        let lower = name.to_ascii_lowercase();
        let is_token = |c: u8| c.is_ascii_alphanumeric() || c == b'-' || c == b'_';
        let invalid = |why: &str| Error::Invalid(format!("the header `{}` {why}", shown(name)));
        if name.is_empty() || name.len() > 76 || !name.bytes().all(is_token) {
            return Err(invalid(
                "is no name of a header: use letters, digits, `-` and `_`",
            ));
        }
        if RESERVED.contains(&lower.as_str())
            || RESERVED_BEGINNINGS.iter().any(|begin| lower.starts_with(begin))
        {
            return Err(invalid("is written by the host; use the message's own fields"));
        }
        check_text(&format!("the header `{name}`"), value, MAX_HEADER_VALUE)?;
        let known =
            HeaderName::new_from_ascii(name.clone()).map_err(|_| invalid("is no name of a header"))?;
        builder = builder.raw_header(HeaderValue::new(known, value.clone()));
    }
    Ok(builder)
}

fn body(builder: MessageBuilder, message: &Message, attachments: Vec<Vec<u8>>) -> Result<Composed, Error> {
    let files = files(message, attachments)?;
    let composed = match readable(message)? {
        Readable::One(part) if files.is_empty() => builder.singlepart(part),
        Readable::Both(parts) if files.is_empty() => builder.multipart(parts),
        readable => {
            let mixed = match readable {
                Readable::One(part) => MultiPart::mixed().singlepart(part),
                Readable::Both(parts) => MultiPart::mixed().multipart(parts),
            };
            builder.multipart(files.into_iter().fold(mixed, MultiPart::singlepart))
        }
    };
    composed.map_err(|error| Error::Invalid(format!("the message cannot be composed: {error}")))
}

/// What people read of a message.
enum Readable {
    One(SinglePart),
    Both(MultiPart),
}

fn readable(message: &Message) -> Result<Readable, Error> {
    let plain = |text: &String| SinglePart::plain(text.clone());
    let html = |text: &String| SinglePart::html(text.clone());
    Ok(match (&message.text, &message.html) {
        (Some(text), None) => Readable::One(plain(text)),
        (None, Some(text)) => Readable::One(html(text)),
        (Some(text), Some(rich)) => Readable::Both(
            MultiPart::alternative()
                .singlepart(plain(text))
                .singlepart(html(rich)),
        ),
        (None, None) => {
            let why = "the message has neither text nor HTML";
            return Err(Error::Invalid(why.to_owned()));
        }
    })
}

fn files(message: &Message, attachments: Vec<Vec<u8>>) -> Result<Vec<SinglePart>, Error> {
    if attachments.len() > MAX_ATTACHMENTS {
        return Err(Error::Limit(format!(
            "a message has at most {MAX_ATTACHMENTS} attachments"
        )));
    }
    let mut parts = Vec::with_capacity(attachments.len());
    for (attachment, bytes) in message.attachments.iter().zip(attachments) {
        let name = &attachment.name;
        check_text("the name of an attachment", name, MAX_NAME)?;
        if name.is_empty() || name.contains(['/', '\\']) {
            return Err(Error::Invalid(format!(
                "`{}` is no file name of an attachment: it is empty or has a directory",
                shown(name)
            )));
        }
        check_text(
            "the media type of an attachment",
            &attachment.media_type,
            MAX_NAME,
        )?;
        let media_type: ContentType = attachment.media_type.parse().map_err(|_| {
            Error::Invalid(format!(
                "`{}` is no media type, such as `application/pdf`",
                shown(&attachment.media_type)
            ))
        })?;
        // In this encoding no byte changes on the way, not even the end of a line.
        let body = Body::new_with_encoding(bytes, ContentTransferEncoding::Base64);
        let body = body.map_err(|_| Error::Invalid("an attachment cannot be encoded".to_owned()))?;
        parts.push(Attachment::new(name.clone()).body(body, media_type));
    }
    Ok(parts)
}

/// A text that must stay on its line.
fn check_text(what: &str, text: &str, limit: usize) -> Result<(), Error> {
    if text.contains(|c: char| c.is_control() || matches!(c, '\u{2028}' | '\u{2029}')) {
        return Err(Error::Invalid(format!(
            "{what} holds a line break or another control character"
        )));
    }
    if text.len() > limit {
        return Err(Error::Limit(format!(
            "{what} has at most {limit} bytes, this one has {}",
            text.len()
        )));
    }
    Ok(())
}

/// For message ids, which are ASCII.
fn ascii_domain(address: &Address) -> String {
    let domain = address.domain();
    let plain = domain
        .bytes()
        .all(|c| c.is_ascii_alphanumeric() || c == b'.' || c == b'-');
    if plain {
        domain.to_owned()
    } else {
        "monshyflow.invalid".to_owned()
    }
}

/// A guest's text within a message.
pub(super) fn shown(text: &str) -> String {
    text.chars().take(64).flat_map(char::escape_debug).collect()
}
