use std::fs;
use std::path::Path;
use std::time::{Duration, Instant};

use anyhow::{Context, Result, ensure};
use monshyflow_manifest::{Manifest, embed, extract};
use serde_json::{Value, json};
use tokio::sync::watch;
use tokio::task::JoinHandle;

use crate::Args;
use crate::http_load::{Connection, post, post_bytes};
use crate::report::Report;
use crate::server::{Server, chain};

/// Times alone and times beside each hostile guest, by turns, so that what the machine does meanwhile meets both.
const TURNS: u32 = 4;

/// What the hostile guest does, and how much of it.
const ATTACKS: &[(&str, u64)] = &[
    ("loop", 0),
    ("sleep", 1_000),
    ("recurse", 100_000_000),
    ("memory", 0),
    ("memory-politely", 0),
    ("big-string", 60_000_000),
    ("many-strings", 1_000_000),
    ("many-items", 2_000_000),
    ("huge-result", 60_000_000),
    ("host-calls", 10_000_000),
    ("wasi-calls", 10_000_000),
    ("stdout", 1_000_000),
    ("stdout-bytes", 50_000_000),
    ("progress", 1_000_000),
    ("partial", 1_000_000),
    ("handles", 100_000),
    ("fields", 100_000),
    ("random-bytes", 128 << 20),
    ("panic", 0),
    ("exit", 1),
];

/// Benign runs, one after the other, alone and beside a hostile one that starts anew whenever it was stopped.
pub(crate) async fn measure(args: &Args, report: &mut Report) -> Result<()> {
    println!("neighbours: a durable run of one set node beside a hostile run");
    let folder = tempfile::tempdir()?;
    let nodes = folder.path().join("nodes");
    with_probe(&args.nodes, &nodes)?;
    let args = Args {
        nodes,
        ..args.clone()
    };
    let data = folder.path().join("data");
    let server = Server::start(&args, &data, None).await?;
    let params = json!({"fields": [{"name": "greeting", "type": "string", "value": "hello"}]});
    let runs = server.publish(&chain("benign", "set@1", &params, 1)).await?;
    let benign = post(&runs, &server.key, r#"{"input": {"a": 1}, "wait": true}"#);
    let time = Duration::from_millis(args.seconds * 1000 / u64::from(TURNS) / 2);
    latencies(&server, &benign, Duration::from_secs(1), &mut Vec::new()).await?;
    let mut worst = ("", 0.0_f64);
    let mut attackers = vec![("uploads", Attacker::uploader(&server, &args.nodes)?)];
    for (mode, count) in ATTACKS {
        attackers.push((mode, Attacker::publish(&server, mode, *count).await?));
    }
    for (mode, attacker) in attackers {
        let (mut alone, mut beside, mut rounds) = (Vec::new(), Vec::new(), 0);
        for _ in 0..TURNS {
            latencies(&server, &benign, time, &mut alone).await?;
            let (stop, attack) = attacker.begin(&server).await?;
            latencies(&server, &benign, time, &mut beside).await?;
            stop.send_replace(true);
            rounds += attack.await??;
        }
        ensure!(rounds > 0, "the attack `{mode}` never ran");
        let (alone, beside) = (p99(alone), p99(beside));
        let ratio = beside / alone;
        println!(
            "  {mode:16} p99 {beside:6.2} ms, alone {alone:5.2} ms, {ratio:4.2} times, {rounds} hostile runs"
        );
        if ratio > worst.1 {
            worst = (mode, ratio);
        }
    }
    let what = format!("(g) p99 beside a hostile run, worst: {}", worst.0);
    report.at_most(&what, worst.1, "x", 2.0);
    Ok(())
}

/// Milliseconds of one run after the other.
async fn latencies(server: &Server, request: &[u8], time: Duration, into: &mut Vec<f64>) -> Result<()> {
    let mut connection = Connection::open(&server.address).await?;
    let started = Instant::now();
    while started.elapsed() < time {
        let sent = Instant::now();
        let answer = connection.send(request).await?;
        ensure!(answer.status == 200, "{}", String::from_utf8_lossy(&answer.body));
        into.push(sent.elapsed().as_secs_f64() * 1000.0);
    }
    Ok(())
}

fn p99(mut times: Vec<f64>) -> f64 {
    times.sort_by(f64::total_cmp);
    times.get(times.len() * 99 / 100).copied().unwrap_or(f64::NAN)
}

/// Sends the same request again and again, or another component each time, which must be compiled.
#[derive(Clone)]
enum Attacker {
    Runs(Vec<u8>),
    Uploads { key: String, component: Vec<u8> },
}

impl Attacker {
    fn uploader(server: &Server, nodes: &Path) -> Result<Self> {
        let component = fs::read(nodes.join("uploaded"))?;
        let key = server.key.clone();
        Ok(Self::Uploads { key, component })
    }

    fn request(&self, round: usize) -> Vec<u8> {
        match self {
            Self::Runs(request) => request.clone(),
            Self::Uploads { key, component } => {
                let said = format!("\x04salt{:?}{round:8}", Instant::now());
                // A custom section, as the binary format of WebAssembly has it.
                let salt = [&[0, said.len() as u8], said.as_bytes()].concat();
                let component = [component.as_slice(), &salt].concat();
                post_bytes("/api/node-types", key, "application/wasm", &component)
            }
        }
    }

    async fn publish(server: &Server, mode: &str, count: u64) -> Result<Self> {
        let mut document = chain(mode, "probe@1", &json!({"mode": mode, "count": count}), 1);
        document["nodes"][1]["settings"] = json!({"timeoutMs": 2000});
        let runs = server.publish(&document).await?;
        let request = post(&runs, &server.key, r#"{"input": {}, "wait": true}"#);
        Ok(Self::Runs(request))
    }

    /// Keeps one hostile run going until told to stop; answers how many there were.
    async fn begin(&self, server: &Server) -> Result<(watch::Sender<bool>, JoinHandle<Result<usize>>)> {
        let (stop, stopped) = watch::channel(false);
        let mut connection = Connection::open(&server.address).await?;
        let attacker = self.clone();
        let task = tokio::spawn(async move {
            let mut rounds = 0;
            while !*stopped.borrow() {
                let answer = connection.send(&attacker.request(rounds)).await?;
                ensure!(answer.status < 300, "{}", String::from_utf8_lossy(&answer.body));
                rounds += 1;
            }
            Ok(rounds)
        });
        tokio::time::sleep(Duration::from_millis(200)).await;
        Ok((stop, task))
    }
}

/// The built nodes, and the hostile guest made a node.
fn with_probe(from: &Path, to: &Path) -> Result<()> {
    fs::create_dir_all(to)?;
    for entry in fs::read_dir(from)? {
        let path = entry?.path();
        if path.extension().is_some_and(|extension| extension == "wasm") {
            let name = path.file_name().context("a file without a name")?;
            fs::copy(&path, to.join(name))?;
        }
    }
    let model = fs::read(from.join("no-op.wasm"))?;
    let mut manifest: Value = serde_json::from_slice(extract(&model)?)?;
    manifest["name"] = json!("probe");
    manifest["kind"] = json!("action");
    manifest["outputs"][0]["name"] = json!("out");
    manifest["parameters"] = json!({"type": "object"});
    manifest["examples"] = json!([]);
    let manifest = Manifest::parse(manifest.to_string().as_bytes())?;
    fs::copy(from.join("_sdk/link-check.wasm"), to.join("uploaded"))?;
    let probe = fs::read(from.join("_probe/probe.wasm"))?;
    Ok(fs::write(to.join("probe.wasm"), embed(&probe, &manifest)?)?)
}
