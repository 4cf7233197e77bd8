//! A mail server at the wire: as much of RFC 5321 and RFC 4954 as a client needs that sends, and it keeps what it was sent.

use std::net::{Ipv4Addr, SocketAddr};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use tokio::io::{AsyncBufReadExt, AsyncWriteExt, BufReader};
use tokio::net::{TcpListener, TcpStream};
use tokio::task::JoinHandle;

/// A message as it arrived.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ReceivedMail {
    /// Of the envelope.
    pub from: String,
    pub to: Vec<String>,
    /// Headers and body, dots unstuffed.
    pub data: String,
    /// Who was logged in.
    pub user: Option<String>,
}

/// What the server does otherwise than taking everything.
#[derive(Debug, Clone, Default)]
pub struct SmtpRules {
    /// Nobody sends without these.
    login: Option<(String, String)>,
    /// Recipients that begin so get this reply.
    recipients: Vec<(String, String)>,
    /// Replies to messages, first to last; after them messages are taken.
    data: Vec<String>,
    /// Before each reply.
    delay: Duration,
    /// Ends the connection in the place of the reply to a message.
    hang_up: bool,
}

/// Stops accepting when dropped.
#[derive(Debug)]
pub struct SmtpServer {
    address: SocketAddr,
    seen: Arc<Seen>,
    task: JoinHandle<()>,
}

#[derive(Debug, Default)]
struct Seen {
    mails: Mutex<Vec<ReceivedMail>>,
    connections: AtomicUsize,
    messages: AtomicUsize,
}

impl SmtpRules {
    pub fn new() -> Self {
        Self::default()
    }

    pub fn login(mut self, user: &str, password: &str) -> Self {
        self.login = Some((user.to_owned(), password.to_owned()));
        self
    }

    /// Such as `("nobody", "550 5.1.1 no such user")`.
    pub fn recipient(mut self, beginning: &str, reply: &str) -> Self {
        self.recipients.push((beginning.to_owned(), reply.to_owned()));
        self
    }

    /// The reply to the next message that has none yet, such as `451 4.3.0 try later`.
    pub fn data(mut self, reply: &str) -> Self {
        self.data.push(reply.to_owned());
        self
    }

    pub fn slow(mut self, delay: Duration) -> Self {
        self.delay = delay;
        self
    }

    pub fn hangs_up(mut self) -> Self {
        self.hang_up = true;
        self
    }
}

impl SmtpServer {
    /// # Errors
    ///
    /// If no port is free.
    pub async fn start(rules: SmtpRules) -> anyhow::Result<Self> {
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await?;
        let address = listener.local_addr()?;
        let seen = Arc::<Seen>::default();
        let (rules, noted) = (Arc::new(rules), Arc::clone(&seen));
        let task = tokio::spawn(async move {
            while let Ok((stream, _)) = listener.accept().await {
                noted.connections.fetch_add(1, Ordering::Relaxed);
                let session = Session::new(stream, Arc::clone(&rules), Arc::clone(&noted));
                tokio::spawn(session.serve());
            }
        });
        Ok(Self { address, seen, task })
    }

    pub fn address(&self) -> SocketAddr {
        self.address
    }

    /// `smtp://127.0.0.1:2525`, with `user:password@` if they are given.
    pub fn url(&self, login: Option<(&str, &str)>) -> String {
        let login = login.map(|(user, password)| format!("{user}:{password}@"));
        format!("smtp://{}{}", login.unwrap_or_default(), self.address)
    }

    /// Messages that were taken, in order.
    pub fn mails(&self) -> Vec<ReceivedMail> {
        self.seen
            .mails
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .clone()
    }

    pub fn connections(&self) -> usize {
        self.seen.connections.load(Ordering::Relaxed)
    }
}

impl Drop for SmtpServer {
    fn drop(&mut self) {
        self.task.abort();
    }
}

/// One connection.
struct Session {
    stream: BufReader<TcpStream>,
    rules: Arc<SmtpRules>,
    seen: Arc<Seen>,
    user: Option<String>,
    from: String,
    to: Vec<String>,
}

impl Session {
    fn new(stream: TcpStream, rules: Arc<SmtpRules>, seen: Arc<Seen>) -> Self {
        Self {
            stream: BufReader::new(stream),
            rules,
            seen,
            user: None,
            from: String::new(),
            to: Vec::new(),
        }
    }

    async fn serve(mut self) -> anyhow::Result<()> {
        self.say("220 testkit ESMTP").await?;
        loop {
            let line = self.line().await?;
            let word = line
                .split_whitespace()
                .next()
                .unwrap_or_default()
                .to_ascii_uppercase();
            match word.as_str() {
                "EHLO" => {
                    let login = if self.rules.login.is_some() {
                        "250-AUTH PLAIN LOGIN\r\n"
                    } else {
                        ""
                    };
                    self.say(&format!("250-testkit\r\n{login}250-8BITMIME\r\n250 SMTPUTF8"))
                        .await?;
                }
                "AUTH" => self.log_in(&line).await?,
                "MAIL" if self.rules.login.is_some() && self.user.is_none() => {
                    self.say("530 5.7.0 log in first").await?;
                }
                "MAIL" => {
                    self.from = address(&line);
                    self.to.clear();
                    self.say("250 ok").await?;
                }
                "RCPT" => self.recipient(address(&line)).await?,
                "DATA" if self.to.is_empty() => self.say("503 5.5.1 no recipient").await?,
                "DATA" => {
                    if self.message().await?.is_none() {
                        return Ok(());
                    }
                }
                "NOOP" | "RSET" => self.say("250 ok").await?,
                "QUIT" => return self.say("221 bye").await,
                "" => return Ok(()),
                _ => self.say("502 5.5.1 what?").await?,
            }
        }
    }

    async fn log_in(&mut self, line: &str) -> anyhow::Result<()> {
        let words: Vec<&str> = line.split_whitespace().collect();
        let given = match words.as_slice() {
            [_, "PLAIN", first] => {
                let text = unbase64(first);
                let mut parts = text.split('\0').skip(1).map(str::to_owned);
                parts.next().zip(parts.next())
            }
            [_, "LOGIN"] => {
                self.say("334 VXNlcm5hbWU6").await?;
                let user = unbase64(&self.line().await?);
                self.say("334 UGFzc3dvcmQ6").await?;
                Some((user, unbase64(&self.line().await?)))
            }
            _ => None,
        };
        if given.is_some() && given == self.rules.login {
            self.user = given.map(|(user, _)| user);
            self.say("235 2.7.0 welcome").await
        } else {
            self.say("535 5.7.8 wrong user or password").await
        }
    }

    async fn recipient(&mut self, address: String) -> anyhow::Result<()> {
        let rules = Arc::clone(&self.rules);
        let refused = rules
            .recipients
            .iter()
            .find(|(beginning, _)| address.starts_with(beginning));
        match refused {
            Some((_, reply)) => self.say(reply).await,
            None => {
                self.to.push(address);
                self.say("250 ok").await
            }
        }
    }

    /// Nothing if the server hung up.
    async fn message(&mut self) -> anyhow::Result<Option<()>> {
        self.say("354 go on").await?;
        let mut data = String::new();
        loop {
            let line = self.line().await?;
            match line.strip_prefix('.') {
                Some("") => break,
                Some(rest) => data.push_str(rest),
                None => data.push_str(&line),
            }
            data.push_str("\r\n");
        }
        if self.rules.hang_up {
            return Ok(None);
        }
        let number = self.seen.messages.fetch_add(1, Ordering::Relaxed);
        let rules = Arc::clone(&self.rules);
        if let Some(reply) = rules.data.get(number) {
            self.say(reply).await?;
            return Ok(Some(()));
        }
        let mail = ReceivedMail {
            from: std::mem::take(&mut self.from),
            to: std::mem::take(&mut self.to),
            data,
            user: self.user.clone(),
        };
        self.seen
            .mails
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .push(mail);
        self.say("250 2.0.0 taken").await?;
        Ok(Some(()))
    }

    async fn say(&mut self, reply: &str) -> anyhow::Result<()> {
        tokio::time::sleep(self.rules.delay).await;
        self.stream
            .get_mut()
            .write_all(format!("{reply}\r\n").as_bytes())
            .await?;
        Ok(())
    }

    /// Without its end. An error at the end of the connection.
    async fn line(&mut self) -> anyhow::Result<String> {
        let mut line = String::new();
        if self.stream.read_line(&mut line).await? == 0 {
            anyhow::bail!("the client is gone");
        }
        Ok(line.trim_end_matches(['\r', '\n']).to_owned())
    }
}

/// What stands between `<` and `>`.
fn address(line: &str) -> String {
    let rest = line.split_once('<').map_or("", |(_, rest)| rest);
    rest.split_once('>').map_or("", |(address, _)| address).to_owned()
}

/// RFC 4648; what is none becomes an empty text.
fn unbase64(text: &str) -> String {
    let digit = |c: u8| match c {
        b'A'..=b'Z' => Some(c - b'A'),
        b'a'..=b'z' => Some(c - b'a' + 26),
        b'0'..=b'9' => Some(c - b'0' + 52),
        b'+' => Some(62),
        b'/' => Some(63),
        _ => None,
    };
    let (mut bytes, mut bits, mut count) = (Vec::new(), 0_u32, 0);
    for value in text.trim().trim_end_matches('=').bytes().map_while(digit) {
        bits = bits << 6 | u32::from(value);
        count += 6;
        if count >= 8 {
            count -= 8;
            bytes.push((bits >> count & 0xff) as u8);
        }
    }
    String::from_utf8(bytes).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn logins_are_read() {
        assert_eq!(unbase64("AHVzZXIAcGFzcw=="), "\0user\0pass");
        assert_eq!(unbase64("dXNlcg=="), "user");
        assert_eq!(address("RCPT TO:<a@b.example> NOTIFY=NEVER"), "a@b.example");
    }
}
