use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::sync::OnceLock;

use monshyflow_catalog::Catalog;
use monshyflow_clock::Clock;
use monshyflow_journal::Journal;
use monshyflow_run_api::ApiState;
use monshyflow_runner::{EgressRule, Limits, Runner};
use monshyflow_sandbox::{CompileChild, Sandbox};
use monshyflow_store::{Durability, Objects, Options, Store};
use monshyflow_web::{ApiKey, ApiKeys, ServeConfig};
use serde_json::{Value, json};
use tokio::net::TcpListener;
use tokio::runtime::Runtime;
use tokio_util::sync::CancellationToken;

use crate::answer::ask;

/// As the first argument: be the process that compiles a component.
pub(crate) const COMPILE: &str = "compile-component";

/// One server for all tests, which keep to workflows of their own.
pub(crate) struct Fixture {
    pub(crate) address: SocketAddr,
    /// Takes connections and never answers, on a port that `local` may reach.
    pub(crate) silent: SocketAddr,
    keys: Vec<(&'static str, ApiKey)>,
    _runtime: Runtime,
    _folder: tempfile::TempDir,
}

pub(crate) fn fixture() -> &'static Fixture {
    static FIXTURE: OnceLock<Fixture> = OnceLock::new();
    FIXTURE.get_or_init(|| {
        let runtime = tokio::runtime::Builder::new_multi_thread()
            .enable_all()
            .build()
            .unwrap();
        let folder = tempfile::tempdir().unwrap();
        let keys = vec![("local", ApiKey::new([1; 32])), ("other", ApiKey::new([2; 32]))];
        let (address, silent) = runtime.block_on(start(folder.path(), &keys)).unwrap();
        Fixture {
            address,
            silent,
            keys,
            _runtime: runtime,
            _folder: folder,
        }
    })
}

impl Fixture {
    pub(crate) fn key(&self, tenant: &str) -> String {
        let (_, key) = self.keys.iter().find(|(known, _)| *known == tenant).unwrap();
        key.as_str().to_owned()
    }
}

async fn start(folder: &Path, keys: &[(&str, ApiKey)]) -> anyhow::Result<(SocketAddr, SocketAddr)> {
    let silent = TcpListener::bind("127.0.0.1:0").await?;
    let silent_address = silent.local_addr()?;
    tokio::spawn(async move {
        let mut open = Vec::new();
        while let Ok((stream, _)) = silent.accept().await {
            open.push(stream);
        }
    });
    let state = state(folder, keys, silent_address).await?;
    let listener = TcpListener::bind("127.0.0.1:0").await?;
    let address = listener.local_addr()?;
    let router = monshyflow_run_api::router(state);
    tokio::spawn(monshyflow_web::serve(
        listener,
        router,
        CancellationToken::new(),
        ServeConfig::default(),
    ));
    Ok((address, silent_address))
}

async fn state(folder: &Path, keys: &[(&str, ApiKey)], silent: SocketAddr) -> anyhow::Result<ApiState> {
    let clock = Clock::System;
    let mut collections = Catalog::COLLECTIONS.to_vec();
    collections.extend(Journal::COLLECTIONS);
    collections.extend(Runner::COLLECTIONS);
    let mut options = Options::new(&collections, Journal::LOGS);
    options.durability = Durability::Process;
    let store = Store::open(
        &format!("sqlite://{}", folder.join("store.db").display()),
        options,
    )
    .await?;
    let objects = Objects::open_folder(&folder.join("objects"))?;
    let cache = PathBuf::from(env!("CARGO_TARGET_TMPDIR")).join("components-of-key-7");
    std::fs::create_dir_all(&cache)?;
    let compile = CompileChild::this_program(&[COMPILE])?;
    let sandbox = Sandbox::new(monshyflow_sandbox::Config {
        cache,
        key: [7; 32],
        compile,
        calls: 8,
    })?;
    let (catalog_store, catalog_objects) = (store.clone(), objects.clone());
    let catalog = Catalog::new(monshyflow_catalog::Config {
        store: catalog_store,
        objects: catalog_objects,
        sandbox: sandbox.clone(),
        clock: clock.clone(),
    });
    catalog.import_builtins(&builtins(folder)?).await?;
    let evaluator = sandbox
        .load_evaluator(monshyflow_testkit::evaluator().into())
        .await?;
    let journal = Journal::new(store.clone(), objects.clone(), clock.clone(), clock.id());
    let egress = vec![format!("local={silent}").parse::<EgressRule>()?];
    let limits = Limits::default();
    let (runner_catalog, runner_journal) = (catalog.clone(), journal.clone());
    let runner = Runner::new(monshyflow_runner::Config {
        catalog: runner_catalog,
        journal: runner_journal,
        sandbox,
        evaluator: Some(evaluator),
        store,
        objects,
        clock,
        egress,
        mail: None,
        public_url: "http://localhost".to_owned(),
        signing_key: [3; 32],
        limits,
    });
    runner.recover().await?;
    let metrics = metrics_exporter_prometheus::PrometheusBuilder::new().install_recorder()?;
    let keys = keys.iter().map(|(tenant, key)| Ok((key.hash(), tenant.parse()?)));
    let keys = ApiKeys::new(keys.collect::<anyhow::Result<Vec<_>>>()?);
    Ok(ApiState::new(
        catalog,
        runner,
        journal,
        keys,
        metrics,
        CancellationToken::new(),
    ))
}

/// The node types that ship with this server; `http-request` is one that a tenant uploads.
fn builtins(folder: &Path) -> anyhow::Result<PathBuf> {
    let nodes = folder.join("nodes");
    std::fs::create_dir(&nodes)?;
    for name in ["manual-trigger", "set", "no-op", "if"] {
        std::fs::write(nodes.join(format!("{name}.wasm")), monshyflow_testkit::node(name))?;
    }
    Ok(nodes)
}

/// Greets by name.
pub(crate) fn greeting(name: &str) -> Value {
    json!({
        "name": name,
        "nodes": [
            { "id": "start", "name": "Start", "type": "manual-trigger@1" },
            { "id": "greet", "name": "Greet", "type": "set@1",
              "params": { "fields": [{ "name": "greeting", "value": "Hello {{ $json.name }}" }] } },
        ],
        "edges": [{ "from": { "node": "start", "port": "main" }, "to": { "node": "greet", "port": "main" } }],
    })
}

/// Asks a server that never answers.
pub(crate) fn hanging(name: &str) -> Value {
    json!({
        "name": name,
        "nodes": [
            { "id": "start", "name": "Start", "type": "manual-trigger@1" },
            { "id": "ask", "name": "Ask", "type": "http-request@1",
              "params": { "url": format!("http://{}/", fixture().silent) } },
        ],
        "edges": [{ "from": { "node": "start", "port": "main" }, "to": { "node": "ask", "port": "main" } }],
    })
}

/// Stores a workflow of `local`; answers its id.
pub(crate) fn create(document: &Value) -> String {
    let created = ask("POST", "/api/workflows", &[])
        .json(document)
        .send()
        .expect(201);
    created["id"].as_str().unwrap().to_owned()
}

/// Stores and publishes a workflow of `local`; answers its id.
pub(crate) fn publish(document: &Value) -> String {
    let id = create(document);
    ask("POST", "/api/workflows/{id}/publish", &[&id])
        .send()
        .expect(201);
    id
}

/// Starts a run of `local` and waits for its end.
pub(crate) fn run(workflow: &str, input: &Value) -> Value {
    let body = json!({ "input": input, "wait": true });
    ask("POST", "/api/workflows/{id}/runs", &[workflow])
        .json(&body)
        .send()
        .expect(200)
}

/// Makes `http-request` a node type of `local` that may send requests anywhere that the operator allows.
pub(crate) fn own_node_type() {
    static DONE: OnceLock<()> = OnceLock::new();
    DONE.get_or_init(|| {
        let wasm = monshyflow_testkit::node("http-request");
        ask("POST", "/api/node-types", &[])
            .bytes("application/wasm", wasm)
            .send()
            .expect(201);
        let grants = json!({ "grants": [{ "kind": "http", "targets": ["*"] }] });
        let place = ["http-request", "1"];
        ask("PUT", "/api/node-types/{name}/{version}/grants", &place)
            .json(&grants)
            .send()
            .expect(200);
    });
}
