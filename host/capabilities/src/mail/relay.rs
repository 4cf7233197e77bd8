use std::fmt;
use std::net::IpAddr;
use std::time::Duration;

use lettre::message::Mailbox;
use lettre::transport::smtp::PoolConfig;
use lettre::{AsyncSmtpTransport, AsyncTransport, Tokio1Executor};
use tokio::sync::{Semaphore, SemaphorePermit};
use url::{Host, Url};

use super::compose::Letter;
use super::fault;
use crate::bindings::monshyflow::node::mail::Error;

/// Messages on their way at the same time. Each may take some 100 MiB, encoded.
const AT_ONCE: u32 = 4;
const CONNECT: Duration = Duration::from_secs(15);
/// From the first command to the server's word that it took the message over.
const SEND: Duration = Duration::from_secs(120);
const IDLE: Duration = Duration::from_secs(30);

/// The operator's mail server.
#[derive(Clone)]
pub struct RelayConfig {
    /// `smtps://user:password@host`, `smtp://user:password@host:587?tls=required`, or `smtp://host:25` for a server that asks for
    /// neither.
    pub url: String,
    /// Who sends where a message does not say: `ada@example.com` or `Shop <shop@example.com>`.
    pub sender: Option<String>,
}

/// Never shows the password.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum InvalidRelay {
    #[error(
        "the URL of the mail server is wrong: {0}; write for example `smtp://user:password@mail.example.com:587?tls=required`"
    )]
    Url(String),
    #[error("the default sender is no address: write `shop@example.com` or `Shop <shop@example.com>`")]
    Sender,
}

/// Connections to the operator's mail server.
pub struct Relay {
    transport: AsyncSmtpTransport<Tokio1Executor>,
    sender: Option<Mailbox>,
    places: Semaphore,
}

impl Relay {
    /// Connects to nothing yet.
    ///
    /// # Errors
    ///
    /// If the URL or the sender is malformed, or if the password would go over a network in the clear.
    pub fn new(config: &RelayConfig) -> Result<Self, InvalidRelay> {
        let wrong = |why: &str| InvalidRelay::Url(why.to_owned());
        // What the parser says may hold a part of the URL, and with it of the password.
        let url = Url::parse(&config.url).map_err(|_| wrong("it is no URL"))?;
        check(&url)?;
        let builder = AsyncSmtpTransport::<Tokio1Executor>::from_url(url.as_str())
            .map_err(|_| wrong("its host, port or `tls` cannot be used"))?;
        let sender = config.sender.as_deref().map(str::parse).transpose();
        let pool = PoolConfig::new().max_size(AT_ONCE).idle_timeout(IDLE);
        Ok(Self {
            transport: builder.timeout(Some(CONNECT)).pool_config(pool).build(),
            sender: sender.map_err(|_| InvalidRelay::Sender)?,
            places: Semaphore::new(AT_ONCE as usize),
        })
    }

    pub(super) fn default_sender(&self) -> Option<&Mailbox> {
        self.sender.as_ref()
    }

    /// Waits for its turn.
    pub(super) async fn place(&self) -> Option<SemaphorePermit<'_>> {
        self.places.acquire().await.ok()
    }

    pub(super) async fn send(
        &self,
        letter: &Letter,
        _place: Option<SemaphorePermit<'_>>,
    ) -> Result<(), Error> {
        let sending = self.transport.send_raw(&letter.envelope, &letter.bytes);
        match tokio::time::timeout(SEND, sending).await {
            Ok(Ok(_)) => Ok(()),
            Ok(Err(error)) => Err(fault::of_smtp(&error)),
            Err(_) => Err(fault::transient(format!(
                "the mail server did not take the message within {} s",
                SEND.as_secs()
            ))),
        }
    }
}

impl fmt::Debug for Relay {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Relay").finish_non_exhaustive()
    }
}

fn check(url: &Url) -> Result<(), InvalidRelay> {
    let wrong = |why: &str| Err(InvalidRelay::Url(why.to_owned()));
    let tls = url.query_pairs().find(|(name, _)| name == "tls");
    let encrypted = match (url.scheme(), tls.as_ref().map(|(_, value)| &**value)) {
        ("smtps", None) | ("smtp", Some("required")) => true,
        ("smtp", None | Some("opportunistic")) => false,
        ("smtp", Some(_)) => return wrong("`tls` is `required` or `opportunistic`"),
        ("smtps", Some(_)) => return wrong("`smtps` is encrypted anyway and takes no `tls`"),
        _ => return wrong("its scheme is `smtp` or `smtps`"),
    };
    let Some(host) = url.host().filter(|host| !host.to_string().is_empty()) else {
        return wrong("the host is missing");
    };
    if url.query_pairs().any(|(name, _)| name != "tls") || url.fragment().is_some() {
        return wrong("it has parts that mean nothing here");
    }
    if url.password().is_some() && !encrypted && !is_loopback(&host) {
        return wrong("the password would travel in the clear: use `smtps://` or `?tls=required`");
    }
    if url.password().is_none() && !url.username().is_empty() {
        return wrong("the user has no password");
    }
    Ok(())
}

fn is_loopback(host: &Host<&str>) -> bool {
    match host {
        Host::Domain(name) => *name == "localhost" || name.parse().is_ok_and(|ip: IpAddr| ip.is_loopback()),
        Host::Ipv4(address) => address.is_loopback(),
        Host::Ipv6(address) => address.is_loopback(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn relay(url: &str) -> Result<Relay, InvalidRelay> {
        Relay::new(&RelayConfig {
            url: url.to_owned(),
            sender: None,
        })
    }

    #[tokio::test]
    async fn a_password_needs_a_connection_that_nobody_reads() {
        for good in [
            "smtps://user:pass%40word@mail.example.com",
            "smtp://user:pw@mail.example.com:587?tls=required",
            "smtp://mail.internal:25",
            "smtp://mail.internal?tls=opportunistic",
            "smtp://user:pw@127.0.0.1:2525",
            "smtp://user:pw@[::1]:2525",
        ] {
            assert!(relay(good).is_ok(), "{good}");
        }
        for bad in [
            "",
            "mail.example.com",
            "http://mail.example.com",
            "smtp://",
            "smtp://user:geheim@mail.example.com",
            "smtp://user:geheim@mail.example.com?tls=opportunistic",
            "smtp://user:geheim@mail.example.com?tls=maybe",
            "smtps://user:geheim@mail.example.com?tls=required",
            "smtp://user@mail.example.com?tls=required",
            "smtp://user:geheim@mail.example.com:99999?tls=required",
            "smtp://user:geheim@mail.example.com?tls=required&x=geheim",
        ] {
            let error = relay(bad).unwrap_err().to_string();
            assert!(!error.contains("geheim"), "{error}");
        }
    }

    #[tokio::test]
    async fn the_default_sender_is_an_address() {
        let with = |sender: &str| {
            Relay::new(&RelayConfig {
                url: "smtp://127.0.0.1".to_owned(),
                sender: Some(sender.to_owned()),
            })
        };
        assert!(with("Shop <shop@example.com>").is_ok());
        assert_eq!(with("shop").unwrap_err(), InvalidRelay::Sender);
    }
}
