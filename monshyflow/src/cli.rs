use std::convert::Infallible;
use std::fmt;
use std::net::SocketAddr;
use std::path::PathBuf;
use std::str::FromStr;

use clap::{Args, Parser, Subcommand};

/// Runs workflows of sandboxed nodes.
#[derive(Debug, Parser)]
#[command(name = "monshyflow", version)]
pub(crate) struct Cli {
    /// Print JSON instead of text.
    #[arg(long, global = true)]
    pub(crate) json: bool,
    #[command(subcommand)]
    pub(crate) command: Command,
}

#[derive(Debug, Subcommand)]
pub(crate) enum Command {
    /// Start the server with its embedded store.
    Serve(ServeArgs),
    /// Run a workflow file without a server and print its steps live.
    Run(RunArgs),
    /// Report every problem of a workflow file.
    Check(CheckArgs),
    /// For authors of nodes.
    #[command(subcommand)]
    Node(NodeCommand),
    /// Print the OpenAPI document.
    Openapi,
    /// Compile a component from standard input to standard output, within limits. For the server's own use.
    #[command(hide = true)]
    CompileComponent,
}

#[derive(Debug, Subcommand)]
pub(crate) enum NodeCommand {
    /// Run a node's cases and its manifest's examples in the real sandbox, offline.
    Test(NodeTestArgs),
}

#[derive(Debug, Args)]
pub(crate) struct ServeArgs {
    /// Address and port.
    #[arg(long, env = "MONSHYFLOW_LISTEN", default_value = "127.0.0.1:8000")]
    pub(crate) listen: SocketAddr,
    /// Folder for the store, binary data, keys and the cache of compiled components.
    #[arg(long, env = "MONSHYFLOW_DATA", default_value = "data")]
    pub(crate) data: PathBuf,
    /// Where people and programs outside reach this server, for resume URLs; by default the address it listens on.
    #[arg(long, env = "MONSHYFLOW_PUBLIC_URL", value_name = "URL")]
    pub(crate) public_url: Option<String>,
    /// Folder for compiled components, if not in the data folder. Only this user may write there: it holds native code, and the
    /// key that authenticates it.
    #[arg(long, env = "MONSHYFLOW_CACHE", value_name = "DIR")]
    pub(crate) cache: Option<PathBuf>,
    #[command(flatten)]
    pub(crate) host: HostArgs,
    /// Import every workflow file of this folder that is not there yet.
    #[arg(long, value_name = "DIR")]
    pub(crate) import: Option<PathBuf>,
    /// Once ready, run the published workflow of this name and print its steps.
    #[arg(long, value_name = "NAME")]
    pub(crate) run: Option<String>,
    /// The input for --run, a JSON value.
    #[arg(long, requires = "run", value_name = "JSON")]
    pub(crate) input: Option<String>,
    /// End after --run instead of serving on; the exit code is 1 if that run failed.
    #[arg(long, requires = "run")]
    pub(crate) once: bool,
}

#[derive(Debug, Args)]
pub(crate) struct HostArgs {
    /// Folder with the built-in nodes, one `.wasm` each; by default `nodes` beside this program.
    #[arg(long, env = "MONSHYFLOW_NODES")]
    pub(crate) nodes: Option<PathBuf>,
    /// Let the tenant's nodes reach one internal host and port in spite of the egress policy, such as `127.0.0.1:8999`.
    #[arg(long = "allow-internal", value_name = "HOST:PORT")]
    pub(crate) allow_internal: Vec<String>,
    /// The mail server of nodes that send mail: `smtp://user:password@host:587?tls=required`, `smtps://user:password@host`, or
    /// `smtp://host:25` without a password. Better given as a variable: others can read a command line.
    #[arg(long, env = "MONSHYFLOW_SMTP_URL", hide_env_values = true, value_name = "URL")]
    pub(crate) smtp_url: Option<Secret>,
    /// Who sends mail where a node does not say: `shop@example.com` or `Shop <shop@example.com>`.
    #[arg(long, env = "MONSHYFLOW_MAIL_FROM", value_name = "ADDRESS")]
    pub(crate) mail_from: Option<String>,
    /// Calls of nodes that may be under way at the same time.
    #[arg(long, env = "MONSHYFLOW_CALLS", default_value_t = 64)]
    pub(crate) calls: usize,
    /// The largest file, in MiB: of one body of a node's request or response, and of the binary data that one call makes.
    #[arg(
        long,
        env = "MONSHYFLOW_LARGEST_FILE",
        value_name = "MIB",
        default_value_t = 1_024
    )]
    pub(crate) largest_file: u32,
    /// `full` survives a power cut, `normal` only a crash of the process.
    #[arg(long, env = "MONSHYFLOW_SYNC", default_value = "full")]
    pub(crate) sync: Sync,
}

/// What must not be shown.
#[derive(Clone)]
pub(crate) struct Secret(pub(crate) String);

impl FromStr for Secret {
    type Err = Infallible;

    fn from_str(text: &str) -> Result<Self, Infallible> {
        Ok(Self(text.to_owned()))
    }
}

impl fmt::Debug for Secret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("..")
    }
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, clap::ValueEnum)]
pub(crate) enum Sync {
    Full,
    Normal,
}

#[derive(Debug, Args)]
pub(crate) struct RunArgs {
    pub(crate) file: PathBuf,
    /// The run's input: a JSON value, or `@FILE` to read it from there. An array becomes one item per element.
    #[arg(long)]
    pub(crate) input: Option<String>,
    #[command(flatten)]
    pub(crate) host: HostArgs,
}

#[derive(Debug, Args)]
pub(crate) struct CheckArgs {
    pub(crate) file: PathBuf,
    #[command(flatten)]
    pub(crate) host: HostArgs,
}

#[derive(Debug, Args)]
pub(crate) struct NodeTestArgs {
    /// Folders of nodes, each with `node.toml` and `cases`.
    #[arg(required = true, value_name = "FOLDER")]
    pub(crate) folders: Vec<PathBuf>,
    /// Folder with the built nodes, one `.wasm` each; by default `nodes` beside this program.
    #[arg(long, env = "MONSHYFLOW_NODES")]
    pub(crate) nodes: Option<PathBuf>,
    /// Folder for compiled components, if not the user's cache folder. Only this user may write there.
    #[arg(long, env = "MONSHYFLOW_CACHE", value_name = "DIR")]
    pub(crate) cache: Option<PathBuf>,
}
