use super::bindings::monshyflow::node::mail as wit;
use crate::mail::{Error, Message, Receipt, Reply};

pub(crate) fn send_mail(message: &Message) -> Result<Receipt, Error> {
    let headers = message.headers.iter().map(|(name, value)| wit::Header {
        name: name.clone(),
        value: value.clone(),
    });
    let attachments = message
        .attachments
        .iter()
        .map(|(name, attachment)| wit::Attachment {
            blob: attachment.blob,
            name: name.clone(),
            media_type: attachment.media_type.clone(),
        });
    let message = wit::Message {
        sender: message.sender.clone(),
        reply_to: message.reply_to.clone(),
        to: message.to.clone(),
        cc: message.cc.clone(),
        bcc: message.bcc.clone(),
        subject: message.subject.clone(),
        text: message.text.clone(),
        html: message.html.clone(),
        headers: headers.collect(),
        attachments: attachments.collect(),
    };
    let receipt = wit::send(&message).map_err(from_error)?;
    Ok(Receipt {
        message_id: receipt.message_id,
        accepted: receipt.accepted,
    })
}

fn from_error(error: wit::Error) -> Error {
    let reply = |reply: wit::Reply| Reply {
        code: reply.code,
        message: reply.message,
    };
    match error {
        wit::Error::Denied(reason) => Error::Denied(reason),
        wit::Error::Unavailable(reason) => Error::Unavailable(reason),
        wit::Error::Invalid(reason) => Error::Invalid(reason),
        wit::Error::Limit(limit) => Error::Limit(limit),
        wit::Error::Refused(said) => Error::Refused(reply(said)),
        wit::Error::Transient(said) => Error::Transient(reply(said)),
    }
}
