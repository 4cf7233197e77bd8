//! `cargo xtask run`: from a clone to a server that has run its first workflow.

use std::net::{Ipv4Addr, SocketAddr, TcpListener};
use std::path::PathBuf;
use std::process::{Command, ExitCode, Stdio};

use anyhow::{Context, Result};

use crate::arguments::{Arguments, port};
use crate::child::{AskedToEnd, Child};
use crate::places::Places;
use crate::{nodes, process, set_up};

const PORT: u16 = 8000;

/// The workflow of `examples/` that is run.
const EXAMPLE: &str = "orders";

/// The shop that the example talks to; its address is the example's input.
const SHOP: SocketAddr = SocketAddr::new(std::net::IpAddr::V4(Ipv4Addr::LOCALHOST), 8999);

/// # Errors
///
/// If something cannot be built or a port is taken.
pub(crate) fn run(places: &Places, mut arguments: Arguments) -> Result<ExitCode> {
    let once = arguments.flag("--once");
    let port = arguments.value("--port")?.map_or(Ok(PORT), |text| port(&text))?;
    let address = SocketAddr::from((Ipv4Addr::LOCALHOST, port));
    let data = arguments
        .value("--data")?
        .map_or_else(|| places.root.join("data"), PathBuf::from);
    let passed = arguments.finish()?;
    set_up::ensure()?;
    let dist = nodes::build(places)?;
    // The whole workspace, so that features are those of the tests and nothing heavy is built twice.
    process::run(process::cargo(places).args(["build", "--workspace", "--bins"]))?;
    must_be_free(address, "choose another with --port")?;
    must_be_free(SHOP, "the example needs this one")?;

    let asked = AskedToEnd::listen()?;
    let programs = places.target.join("debug");
    let _shop = start_shop(&mut Command::new(programs.join("orders-server")))?;
    let mut serve = Command::new(programs.join("monshyflow"));
    serve
        .current_dir(&places.root)
        .args(["serve", "--import=examples"])
        .arg(format!("--listen={address}"));
    serve
        .arg("--data")
        .arg(std::path::absolute(data)?)
        .arg("--nodes")
        .arg(dist);
    // Loopback is refused to nodes, whatever they were granted, unless an operator says so.
    serve.arg(format!("--allow-internal={SHOP}"));
    let input = serde_json::json!({ "shop": format!("http://{SHOP}") });
    serve
        .arg(format!("--run={EXAMPLE}"))
        .arg(format!("--input={input}"));
    serve.args(once.then_some("--once")).args(passed);
    let status = Child::start(&mut serve)?.wait(&asked)?;
    Ok(status
        .code()
        .and_then(|code| u8::try_from(code).ok())
        .map_or(ExitCode::FAILURE, ExitCode::from))
}

fn start_shop(program: &mut Command) -> Result<Child> {
    let mut shop = Child::start(program.arg(SHOP.to_string()).stdout(Stdio::piped()))?;
    let address = shop.first_line()?;
    eprintln!("xtask: the shop that the example talks to listens on {address}");
    Ok(shop)
}

fn must_be_free(address: SocketAddr, advice: &str) -> Result<()> {
    let free = TcpListener::bind(address).map(drop);
    free.with_context(|| format!("cannot listen on {address}: end what listens there; {advice}"))
}
