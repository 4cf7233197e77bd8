use std::fmt;
use std::net::{IpAddr, SocketAddr, ToSocketAddrs};
use std::sync::Arc;

use tokio::sync::Semaphore;

/// Lookups of one tenant at a time. The system's resolver blocks a thread for as long as a name server likes, also after
/// the request that asked has given up.
const LOOKUPS: usize = 16;

/// Who turns names into addresses. The answer is checked address by address afterwards, whoever gave it.
#[derive(Clone, Default)]
pub enum Resolver {
    /// The operating system's: hosts file, search domains and name servers.
    #[default]
    System,
    /// A function, asked anew for each connection.
    Fixed(Arc<Answers>),
}

type Answers = dyn Fn(&str, u16) -> Vec<SocketAddr> + Send + Sync;

/// A resolver with a bound on what it does at once.
#[derive(Debug, Clone)]
pub(super) struct Lookup {
    resolver: Resolver,
    running: Arc<Semaphore>,
}

impl Resolver {
    /// By name.
    pub fn fixed(answer: impl Fn(&str) -> Vec<IpAddr> + Send + Sync + 'static) -> Self {
        Self::sockets(move |name, port| at_port(answer(name), port))
    }

    /// By name and port, to any port: for a server that stands in for others.
    pub fn sockets(answer: impl Fn(&str, u16) -> Vec<SocketAddr> + Send + Sync + 'static) -> Self {
        Self::Fixed(Arc::new(answer))
    }
}

impl fmt::Debug for Resolver {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::System => "System",
            Self::Fixed(_) => "Fixed",
        })
    }
}

impl Lookup {
    pub(super) fn new(resolver: Resolver) -> Self {
        Self {
            resolver,
            running: Arc::new(Semaphore::new(LOOKUPS)),
        }
    }

    /// Every address of a name, in the order of preference; `None` if it has none.
    pub(super) async fn addresses(&self, name: &str, port: u16) -> Option<Vec<SocketAddr>> {
        let answer = match &self.resolver {
            Resolver::Fixed(answer) => answer(name, port),
            Resolver::System => at_port(self.ask_system(name).await?, port),
        };
        (!answer.is_empty()).then_some(answer)
    }

    async fn ask_system(&self, name: &str) -> Option<Vec<IpAddr>> {
        let permit = Arc::clone(&self.running).acquire_owned().await.ok()?;
        let name = name.to_owned();
        let lookup = tokio::task::spawn_blocking(move || {
            // Held until the thread is free again, not only until nobody waits for it.
            let _permit = permit;
            let answer = (name.as_str(), 0).to_socket_addrs();
            answer.map(|addresses| addresses.map(|address| address.ip()).collect())
        });
        lookup.await.ok()?.ok()
    }
}

fn at_port(addresses: Vec<IpAddr>, port: u16) -> Vec<SocketAddr> {
    let addresses = addresses.into_iter();
    addresses.map(|address| SocketAddr::new(address, port)).collect()
}
