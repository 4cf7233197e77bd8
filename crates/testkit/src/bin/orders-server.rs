//! The shop of `examples/orders` as a process: `orders-server ADDRESS`. Prints its address as the first line, then serves until
//! it is killed.

use std::io::Write;
use std::net::SocketAddr;

use anyhow::Context;
use monshyflow_testkit::orders::shop;

#[tokio::main]
async fn main() -> anyhow::Result<()> {
    let address = std::env::args()
        .nth(1)
        .context("the argument is the address to listen on, such as 127.0.0.1:8999")?;
    let address: SocketAddr = address
        .parse()
        .with_context(|| format!("`{address}` is not an address"))?;
    let server = shop()
        .listen_on(address)
        .start()
        .await
        .with_context(|| format!("cannot listen on {address}"))?;
    let mut out = std::io::stdout();
    writeln!(out, "{}", server.address())?;
    out.flush()?;
    server.wait().await
}
