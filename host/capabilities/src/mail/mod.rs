//! Mail by the operator's server. A guest says what is sent to whom; where the server is and how it is logged in to is
//! known here alone.

mod compose;
mod fault;
mod relay;

use std::sync::Arc;

use crate::bindings::monshyflow::node::mail::{Error, Host, Message, Receipt};
use crate::blobs::{BlobStore, StoredBlob};
use crate::note::Level;
use crate::{CallState, Capability};

pub use relay::{InvalidRelay, Relay, RelayConfig};

/// Most messages of one call.
const MAX_MESSAGES: u32 = 1_000;
/// Of one message: texts and attachments together, before they are encoded.
pub(crate) const MAX_BYTES: u64 = 25 << 20;
/// Largest piece of an attachment that is read at once.
const PIECE: usize = 1 << 20;

/// A call that may send mail.
#[derive(Clone)]
pub struct MailPower {
    /// Nothing if the operator configured no server.
    pub relay: Option<Arc<Relay>>,
    /// What message ids of the call begin with: letters and digits, the same whenever the call is repeated.
    pub id: String,
}

/// Messages of one call.
pub(crate) struct Outbox {
    power: Option<MailPower>,
    /// Tried so far, which is the number of the next one.
    messages: u32,
}

impl Outbox {
    pub(crate) fn new(power: Option<MailPower>) -> Self {
        Self { power, messages: 0 }
    }
}

impl CallState {
    async fn send_mail(&mut self, message: Message) -> Result<Receipt, Error> {
        let Some(power) = self.outbox.power.clone() else {
            let why = "mail: the node has no grant for it; its manifest must request `mail` and an admin must grant it";
            self.deny(Capability::Mail, why.to_owned());
            return Err(Error::Denied(why.to_owned()));
        };
        let Some(relay) = power.relay else {
            let why = "no mail server is configured: the operator names one with MONSHYFLOW_SMTP_URL";
            return Err(Error::Unavailable(why.to_owned()));
        };
        if self.outbox.messages >= MAX_MESSAGES {
            return Err(Error::Limit(format!(
                "a call sends at most {MAX_MESSAGES} messages"
            )));
        }
        let number = self.outbox.messages;
        self.outbox.messages += 1;
        // Before attachments take memory.
        let place = relay.place().await;
        let attachments = read(self.blobs.reading(), self.mail_blobs(&message)?).await?;
        let letter = compose::compose(&message, attachments, relay.default_sender(), (&power.id, number))?;
        relay.send(&letter, place).await?;
        Ok(Receipt {
            message_id: letter.id,
            accepted: letter.recipients,
        })
    }

    /// The blob of each attachment, if they are not too much.
    fn mail_blobs(&self, message: &Message) -> Result<Vec<StoredBlob>, Error> {
        let texts = [&message.text, &message.html].into_iter().flatten();
        let mut total: u64 = texts.map(|text| text.len() as u64).sum();
        let mut blobs = Vec::new();
        for attachment in &message.attachments {
            let blob = self.blobs.get(attachment.blob).cloned();
            let blob = blob.ok_or_else(|| {
                Error::Invalid(format!(
                    "the attachment `{}` has no blob",
                    compose::shown(&attachment.name)
                ))
            })?;
            total += blob.size;
            blobs.push(blob);
        }
        if total > MAX_BYTES {
            return Err(Error::Limit(format!(
                "texts and attachments of a message have at most {MAX_BYTES} bytes together, these have {total}"
            )));
        }
        Ok(blobs)
    }
}

/// The bytes of each, in order.
async fn read(
    store: Result<Arc<dyn BlobStore>, String>,
    blobs: Vec<StoredBlob>,
) -> Result<Vec<Vec<u8>>, Error> {
    let unavailable = |why: String| fault::transient(format!("an attachment cannot be read: {why}"));
    let mut all = Vec::with_capacity(blobs.len());
    for StoredBlob { object, size } in blobs {
        let store = store.as_ref().map_err(|why| unavailable(why.clone()))?;
        let mut bytes = Vec::new();
        while (bytes.len() as u64) < size {
            let piece = store.read(&object, bytes.len() as u64, PIECE).await;
            let piece = piece.map_err(|error| unavailable(error.to_string()))?;
            if piece.is_empty() {
                return Err(unavailable("it is shorter than it should be".to_owned()));
            }
            bytes.extend_from_slice(&piece);
        }
        bytes.truncate(size as usize);
        all.push(bytes);
    }
    Ok(all)
}

impl Host for CallState {
    async fn send(&mut self, message: Message) -> wasmtime::Result<Result<Receipt, Error>> {
        self.counters.count(Capability::Mail)?;
        let sent = self.send_mail(message).await;
        // What people look for first when a message did not arrive. No address is named: logs are read by more people.
        let line = match &sent {
            Ok(receipt) => format!(
                "mail {} to {} recipients -> accepted",
                receipt.message_id,
                receipt.accepted.len()
            ),
            Err(error) => format!("mail -> {}", fault::in_words(error)),
        };
        self.transcript.lock().log(Level::Debug, &line);
        Ok(sent)
    }
}
