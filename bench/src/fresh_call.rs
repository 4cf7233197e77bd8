use std::time::{Duration, Instant};

use anyhow::{Result, anyhow, ensure};
use bytes::Bytes;
use monshyflow_capabilities::Powers;
use monshyflow_sandbox::{Budget, Call, CompileChild, Config, Context, Input, Item, Params, Sandbox};
use wasmtime::component::{Component, Linker, ResourceTable};
use wasmtime::{Engine, PoolingAllocationConfig, Store};
use wasmtime_wasi::{WasiCtx, WasiCtxView, WasiView};

use crate::Args;
use crate::report::Report;

mod bindings {
    wasmtime::component::bindgen!({
        path: "../wit",
        world: "node",
        exports: { default: async },
    });
}

use bindings::monshyflow::node::types as guest;

const ROUNDS: usize = 20_000;

/// A fresh call of the no-op node with one small item: through the sandbox, and through wasmtime alone with nothing but a pool
/// of instances: no limits, no deadline, no accounting.
pub(crate) async fn measure(args: &Args, report: &mut Report) -> Result<()> {
    println!("fresh-call: the no-op node, one item of 12 bytes, one after the other");
    let wasm = Bytes::from(std::fs::read(args.nodes.join("no-op.wasm"))?);
    let (bare, cold) = (Bare::new(&wasm)?, 500);
    let guarded = Guarded::new(args, wasm).await?;
    bare.calls(cold).await?;
    guarded.calls(cold).await?;
    // In turns, so that neither has the quieter machine.
    let (mut with, mut without) = (Duration::ZERO, Duration::ZERO);
    for _ in 0..10 {
        without += bare.calls(ROUNDS / 10).await?;
        with += guarded.calls(ROUNDS / 10).await?;
    }
    let micros = |total: Duration| total.as_secs_f64() * 1e6 / ROUNDS as f64;
    println!(
        "  bare wasmtime {:.1} us, sandbox {:.1} us",
        micros(without),
        micros(with)
    );
    report.at_most(
        "(a) fresh call, sandbox / bare wasmtime",
        micros(with) / micros(without),
        "x",
        2.0,
    );
    Ok(())
}

struct Guarded {
    sandbox: Sandbox,
    node: monshyflow_sandbox::Loaded,
    _cache: tempfile::TempDir,
}

impl Guarded {
    async fn new(args: &Args, wasm: Bytes) -> Result<Self> {
        let cache = tempfile::tempdir()?;
        let mut compile = CompileChild::this_program(&["compile-component"])?;
        compile.program = args.monshyflow.clone();
        let config = Config {
            cache: cache.path().to_owned(),
            key: [7; 32],
            compile,
            calls: 64,
        };
        let sandbox = Sandbox::new(config)?;
        let node = sandbox.load(wasm).await?;
        Ok(Self {
            sandbox,
            node,
            _cache: cache,
        })
    }

    async fn calls(&self, count: usize) -> Result<Duration> {
        let items = [Item {
            json: r#"{"name":"x"}"#,
            binary: &[],
        }];
        let inputs = [Input {
            port: "main",
            items: &items,
        }];
        let context = Context {
            run_id: "run",
            step_id: "step",
            node_name: "node",
            workflow_name: "workflow",
            attempt: 1,
            iteration: &[],
            run_time_ms: 0.0,
            time_zone: "UTC",
            keep_going: false,
        };
        let started = Instant::now();
        for _ in 0..count {
            let call = Call {
                params: Params::Shared("{}"),
                inputs: &inputs,
                context: context.clone(),
                ports: &["main"],
            };
            let outcome = self
                .sandbox
                .call(&self.node, call, Powers::default(), &Budget::default())
                .await;
            ensure!(
                outcome.result?.ports[0].items.len() == 1,
                "the no-op node gave another number of items"
            );
        }
        Ok(started.elapsed())
    }
}

struct Bare {
    engine: Engine,
    node: bindings::NodePre<State>,
}

#[derive(Default)]
struct State {
    wasi: WasiCtx,
    table: ResourceTable,
}

impl WasiView for State {
    fn ctx(&mut self) -> WasiCtxView<'_> {
        WasiCtxView {
            ctx: &mut self.wasi,
            table: &mut self.table,
        }
    }
}

impl Bare {
    fn new(wasm: &[u8]) -> Result<Self> {
        Self::build(wasm).map_err(|error| anyhow!("{error:#}"))
    }

    #[expect(
        clippy::disallowed_methods,
        reason = "the thing to compare with is an engine of its own"
    )]
    fn build(wasm: &[u8]) -> wasmtime::Result<Self> {
        let mut config = wasmtime::Config::new();
        config.allocation_strategy(PoolingAllocationConfig::new());
        let engine = Engine::new(&config)?;
        let mut linker = Linker::new(&engine);
        wasmtime_wasi::p2::add_to_linker_async(&mut linker)?;
        let component = Component::new(&engine, wasm)?;
        let node = bindings::NodePre::new(linker.instantiate_pre(&component)?)?;
        Ok(Self { engine, node })
    }

    async fn calls(&self, count: usize) -> Result<Duration> {
        let started = Instant::now();
        for _ in 0..count {
            let mut store = Store::new(&self.engine, State::default());
            let outcome = self
                .call(&mut store)
                .await
                .map_err(|error| anyhow!("{error:#}"))?;
            ensure!(outcome, "the no-op node failed");
        }
        Ok(started.elapsed())
    }

    async fn call(&self, store: &mut Store<State>) -> wasmtime::Result<bool> {
        let item = guest::Item {
            json: r#"{"name":"x"}"#.to_owned(),
            binary: Vec::new(),
        };
        let call = guest::Call {
            params: guest::Params::Shared("{}".to_owned()),
            inputs: vec![guest::Input {
                port: "main".to_owned(),
                items: vec![item],
            }],
            context: guest::Context {
                run_id: "run".to_owned(),
                step_id: "step".to_owned(),
                node_name: "node".to_owned(),
                workflow_name: "workflow".to_owned(),
                attempt: 1,
                iteration: Vec::new(),
                run_time_ms: 0.0,
                time_zone: "UTC".to_owned(),
                keep_going: false,
            },
        };
        let node = self.node.instantiate_async(&mut *store).await?;
        Ok(node.call_run(&mut *store, &call).await?.is_ok())
    }
}
