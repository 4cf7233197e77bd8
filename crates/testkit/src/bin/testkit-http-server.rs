//! The HTTP server as a process of its own, for tests that kill other processes:
//! `testkit-http-server ADDRESS LEDGER`. Prints its address as the first line, then serves until it is killed.

use std::io::Write;
use std::net::SocketAddr;
use std::path::Path;

use anyhow::Context;
use monshyflow_testkit::Ledger;
use monshyflow_testkit::http::HttpServer;

#[tokio::main]
async fn main() -> anyhow::Result<()> {
    let mut arguments = std::env::args().skip(1);
    let address = arguments
        .next()
        .context("the first argument is the address to listen on, such as 127.0.0.1:0")?;
    let ledger = arguments
        .next()
        .context("the second argument is the file for the ledger")?;
    let address: SocketAddr = address
        .parse()
        .with_context(|| format!("`{address}` is not an address"))?;
    let ledger = Ledger::with_file(Path::new(&ledger)).with_context(|| format!("cannot write `{ledger}`"))?;
    let server = HttpServer::builder()
        .listen_on(address)
        .ledger(ledger)
        .start()
        .await?;
    let mut out = std::io::stdout();
    writeln!(out, "{}", server.address())?;
    out.flush()?;
    server.wait().await
}
