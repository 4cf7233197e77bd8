use std::fs::File;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use anyhow::{Context, bail};
use monshyflow_capabilities::mail::{Relay, RelayConfig};
use monshyflow_catalog::Catalog;
use monshyflow_clock::Clock;
use monshyflow_ids::TenantId;
use monshyflow_journal::Journal;
use monshyflow_runner::{EgressRule, Limits, Runner};
use monshyflow_sandbox::{CompileChild, Evaluator, Sandbox};
use monshyflow_store::{Durability, Objects, Options, Store};

use crate::cli::{HostArgs, Sync};
use crate::host_key::host_key;

/// Everything that runs workflows, put together.
#[derive(Debug)]
pub(crate) struct Host {
    pub(crate) catalog: Catalog,
    pub(crate) journal: Journal,
    pub(crate) runner: Runner,
    pub(crate) store: Store,
}

/// Where a process keeps what it has.
#[derive(Debug)]
pub(crate) struct Folder {
    data: PathBuf,
    cache: PathBuf,
    /// Of the key that authenticates the cache.
    cache_keys: PathBuf,
    keys: PathBuf,
    /// Held as long as the process lives, so that nobody else opens the same store.
    _lock: Option<fd_lock::RwLock<File>>,
    /// Deleted at the end.
    _temporary: Option<tempfile::TempDir>,
}

/// The tenant of a server without auth service.
pub(crate) fn local_tenant() -> TenantId {
    "local".parse().unwrap_or_else(|error| unreachable!("{error}"))
}

impl Folder {
    /// A server's own folder, and that of its compiled components if it is another one.
    pub(crate) fn of_server(data: &Path, cache: Option<&Path>) -> anyhow::Result<Self> {
        std::fs::create_dir_all(data)
            .with_context(|| format!("cannot make the folder {}", data.display()))?;
        let data = data.canonicalize()?;
        let file = File::create(data.join("lock"))?;
        let mut lock = fd_lock::RwLock::new(file);
        match lock.try_write() {
            // The guard would borrow the lock; forgetting it keeps the file locked until the process ends.
            Ok(guard) => std::mem::forget(guard),
            Err(_) => bail!(
                "{} is in use by another monshyflow: stop it, or give --data another folder",
                data.display()
            ),
        }
        let keys = data.join("keys");
        let (cache, cache_keys) = match cache {
            Some(cache) => (cache.to_owned(), cache.join("keys")),
            None => (data.join("cache"), keys.clone()),
        };
        Ok(Self {
            data,
            cache,
            cache_keys,
            keys,
            _lock: Some(lock),
            _temporary: None,
        })
    }

    /// For a command that leaves nothing behind but compiled components, in the user's cache folder.
    pub(crate) fn throw_away() -> anyhow::Result<Self> {
        let temporary = tempfile::Builder::new().prefix("monshyflow-").tempdir()?;
        let cache = user_cache();
        let data = temporary.path().to_owned();
        Ok(Self {
            data,
            keys: cache.join("keys"),
            cache_keys: cache.join("keys"),
            cache,
            _lock: None,
            _temporary: Some(temporary),
        })
    }

    pub(crate) fn keys(&self) -> &Path {
        &self.keys
    }
}

impl Host {
    pub(crate) async fn assemble(folder: &Folder, args: &HostArgs, public_url: &str) -> anyhow::Result<Self> {
        let rules = egress_rules(&args.allow_internal)?;
        let mail = mail_relay(args)?;
        let clock = Clock::System;
        let mut options = Options::new(&collections(), &logs());
        options.durability = match args.sync {
            Sync::Full => Durability::Full,
            Sync::Normal => Durability::Process,
        };
        let url = format!("sqlite://{}", folder.data.join("monshyflow.db").display());
        let store = Store::open(&url, options)
            .await
            .context("cannot open the store")?;
        let objects =
            Objects::open_folder(&folder.data.join("objects")).context("cannot open the object store")?;
        let sandbox = Sandbox::new(monshyflow_sandbox::Config {
            cache: folder.cache.clone(),
            key: host_key(&folder.cache_keys)?,
            compile: CompileChild::this_program(&["compile-component"])?,
            calls: args.calls,
        })?;
        let catalog = Catalog::new(monshyflow_catalog::Config {
            store: store.clone(),
            objects: objects.clone(),
            sandbox: sandbox.clone(),
            clock: clock.clone(),
        });
        let nodes = nodes_folder(args.nodes.as_deref())?;
        catalog.import_builtins(&nodes).await?;
        let evaluator = evaluator(&sandbox, &nodes).await?;
        let journal = Journal::new(store.clone(), objects.clone(), clock.clone(), clock.id());
        let runner = Runner::new(monshyflow_runner::Config {
            catalog: catalog.clone(),
            journal: journal.clone(),
            sandbox,
            evaluator,
            store: store.clone(),
            objects,
            clock,
            egress: rules,
            mail,
            public_url: public_url.to_owned(),
            signing_key: host_key(&folder.keys)?,
            limits: Limits {
                file_bytes: u64::from(args.largest_file) << 20,
                ..Limits::default()
            },
        });
        Ok(Self {
            catalog,
            journal,
            runner,
            store,
        })
    }

    /// Lets runs end or rest, then closes the store.
    pub(crate) async fn close(&self) {
        self.runner.shut_down().await;
        self.store.close().await;
    }
}

fn collections() -> Vec<&'static monshyflow_store::Collection> {
    let mut all = Catalog::COLLECTIONS.to_vec();
    all.extend(Journal::COLLECTIONS);
    all.extend(Runner::COLLECTIONS);
    all
}

fn logs() -> Vec<&'static monshyflow_store::Log> {
    Journal::LOGS.to_vec()
}

/// All faults at once.
fn egress_rules(texts: &[String]) -> anyhow::Result<Vec<EgressRule>> {
    let with_tenant = |text: &String| match text.contains('=') {
        true => text.clone(),
        false => format!("{}={text}", local_tenant()),
    };
    let (rules, faults): (Vec<_>, Vec<_>) = texts
        .iter()
        .map(|text| with_tenant(text).parse::<EgressRule>())
        .partition(Result::is_ok);
    let faults: Vec<String> = faults
        .into_iter()
        .filter_map(Result::err)
        .map(|fault| fault.to_string())
        .collect();
    if faults.is_empty() {
        Ok(rules.into_iter().flatten().collect())
    } else {
        bail!("{}", faults.join("; "))
    }
}

/// Connects to nothing yet.
fn mail_relay(args: &HostArgs) -> anyhow::Result<Option<Arc<Relay>>> {
    let url = args.smtp_url.as_ref().filter(|url| !url.0.is_empty());
    let Some(url) = url else {
        return Ok(None);
    };
    let config = RelayConfig {
        url: url.0.clone(),
        sender: args.mail_from.clone().filter(|sender| !sender.is_empty()),
    };
    let relay = Relay::new(&config).context("--smtp-url, --mail-from")?;
    Ok(Some(Arc::new(relay)))
}

/// Without it everything but JavaScript in expressions works.
async fn evaluator(sandbox: &Sandbox, nodes: &Path) -> anyhow::Result<Option<Evaluator>> {
    let file = nodes.join("lib").join("expressions.wasm");
    let wasm = match std::fs::read(&file) {
        Ok(wasm) => wasm,
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => {
            tracing::warn!(file = %file.display(), "JavaScript in expressions cannot be evaluated: run `cargo xtask nodes`");
            return Ok(None);
        }
        Err(error) => return Err(error).with_context(|| format!("cannot read {}", file.display())),
    };
    let loaded = sandbox.load_evaluator(wasm.into()).await;
    let loaded = loaded.with_context(|| format!("{} is no evaluator of expressions", file.display()))?;
    Ok(Some(loaded))
}

pub(crate) fn nodes_folder(named: Option<&Path>) -> anyhow::Result<PathBuf> {
    if let Some(folder) = named {
        return Ok(folder.to_owned());
    }
    let beside = std::env::current_exe()?
        .parent()
        .map(|folder| folder.join("nodes"));
    beside.filter(|folder| folder.is_dir()).context(
        "the built-in nodes are not beside this program: name their folder with --nodes or MONSHYFLOW_NODES",
    )
}

/// This user's compiled components: in the cache folder of the XDG base directory specification.
pub(crate) fn user_cache() -> PathBuf {
    let home = || {
        std::env::home_dir()
            .unwrap_or_else(std::env::temp_dir)
            .join(".cache")
    };
    let cache = std::env::var_os("XDG_CACHE_HOME").map_or_else(home, PathBuf::from);
    cache.join("monshyflow").join("components")
}
