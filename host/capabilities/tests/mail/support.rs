use std::sync::Arc;

use bytes::Bytes;
use futures::FutureExt;
use futures::future::BoxFuture;
use monshyflow_capabilities::bindings::monshyflow::node::mail::{Attachment, Error, Host, Message, Receipt};
use monshyflow_capabilities::blobs::{BlobError, BlobPower, BlobStore, BlobWriter, StoredBlob};
use monshyflow_capabilities::mail::{MailPower, Relay, RelayConfig};
use monshyflow_capabilities::{CallState, Limits, Powers};
use monshyflow_testkit::smtp::{SmtpRules, SmtpServer};

/// Objects by name, read in small pieces.
struct Blobs(Vec<(String, Vec<u8>)>);

impl BlobStore for Blobs {
    fn read<'a>(
        &'a self,
        object: &'a str,
        offset: u64,
        limit: usize,
    ) -> BoxFuture<'a, Result<Bytes, BlobError>> {
        let found = self.0.iter().find(|(name, _)| name == object);
        let read = found.map(|(_, bytes)| {
            let rest = &bytes[(offset as usize).min(bytes.len())..];
            Bytes::copy_from_slice(&rest[..rest.len().min(limit).min(1_000)])
        });
        let read = read.ok_or_else(|| BlobError("the object store is away".to_owned()));
        async move { read }.boxed()
    }

    fn create(&self) -> BoxFuture<'_, Result<Box<dyn BlobWriter>, BlobError>> {
        async { Err(BlobError("nothing is written here".to_owned())) }.boxed()
    }
}

pub(crate) struct World {
    pub(crate) server: SmtpServer,
    pub(crate) relay: Arc<Relay>,
}

impl World {
    pub(crate) async fn new(rules: SmtpRules, login: Option<(&str, &str)>) -> Self {
        let server = SmtpServer::start(rules).await.unwrap();
        let relay = Relay::new(&RelayConfig {
            url: server.url(login),
            sender: Some("Shop Ünal <shop@example.com>".to_owned()),
        });
        Self {
            server,
            relay: Arc::new(relay.unwrap()),
        }
    }

    pub(crate) async fn plain() -> Self {
        Self::new(SmtpRules::new(), None).await
    }

    /// A call with these blobs.
    pub(crate) fn call(&self, blobs: Vec<Vec<u8>>) -> CallState {
        let inputs = blobs
            .iter()
            .enumerate()
            .map(|(at, bytes)| StoredBlob {
                object: format!("blob-{at}").into(),
                size: bytes.len() as u64,
            })
            .collect();
        let objects = blobs
            .into_iter()
            .enumerate()
            .map(|(at, bytes)| (format!("blob-{at}"), bytes));
        let powers = Powers {
            mail: Some(MailPower {
                relay: Some(Arc::clone(&self.relay)),
                id: "0123abcd".to_owned(),
            }),
            blobs: Some(BlobPower {
                store: Arc::new(Blobs(objects.collect())),
                inputs,
            }),
            ..Powers::default()
        };
        CallState::new(powers, &Limits::default())
    }

    pub(crate) async fn send(&self, message: Message) -> Result<Receipt, Error> {
        send(&mut self.call(Vec::new()), message).await
    }
}

pub(crate) async fn send(call: &mut CallState, message: Message) -> Result<Receipt, Error> {
    Host::send(call, message).await.unwrap()
}

pub(crate) fn message() -> Message {
    Message {
        sender: None,
        reply_to: Vec::new(),
        to: vec!["ada@example.com".to_owned()],
        cc: Vec::new(),
        bcc: Vec::new(),
        subject: "Your order".to_owned(),
        text: Some("It is on its way.".to_owned()),
        html: None,
        headers: Vec::new(),
        attachments: Vec::new(),
    }
}

pub(crate) fn attachment(blob: u32, name: &str, media_type: &str) -> Attachment {
    Attachment {
        blob,
        name: name.to_owned(),
        media_type: media_type.to_owned(),
    }
}
