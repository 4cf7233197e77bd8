use std::io::{BufRead, BufReader};
use std::net::TcpListener;
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use anyhow::{Context, Result, bail, ensure};
use serde_json::{Value, json};

use crate::Args;
use crate::http_load::{Connection, post};

/// The real binary on a free port with a folder of its own; killed when dropped.
pub(crate) struct Server {
    child: Child,
    pub(crate) address: String,
    pub(crate) key: String,
    /// From the start of the process until `/readyz` said yes.
    pub(crate) ready_after: Duration,
}

impl Server {
    pub(crate) async fn start(args: &Args, data: &Path, key: Option<String>) -> Result<Self> {
        Self::start_with(args, data, key, &[]).await
    }

    /// With more arguments.
    pub(crate) async fn start_with(
        args: &Args,
        data: &Path,
        key: Option<String>,
        more: &[&str],
    ) -> Result<Self> {
        let address = TcpListener::bind("127.0.0.1:0")?.local_addr()?.to_string();
        let started = Instant::now();
        let mut child = Command::new(&args.monshyflow)
            .args(["serve", "--listen", &address, "--data"])
            .arg(data)
            .arg("--nodes")
            .arg(&args.nodes)
            .args(more)
            .args(args.cache.iter().flat_map(|cache| [Path::new("--cache"), cache]))
            .env("RUST_LOG", "warn")
            .stderr(Stdio::piped())
            .stdout(Stdio::null())
            .spawn()
            .with_context(|| format!("cannot start {}", args.monshyflow.display()))?;
        let said = child.stderr.take().context("no standard error")?;
        let (sender, shown) = std::sync::mpsc::channel();
        std::thread::spawn(move || {
            for line in BufReader::new(said).lines().map_while(Result::ok) {
                if let Some(at) = line.find("mfk_") {
                    let _ = sender.send(line[at..].trim().to_owned());
                }
            }
        });
        let mut server = Self {
            child,
            address,
            key: String::new(),
            ready_after: Duration::ZERO,
        };
        server.wait_until_ready(started).await?;
        server.ready_after = started.elapsed();
        server.key = match key {
            Some(key) => key,
            None => shown
                .recv_timeout(Duration::from_secs(5))
                .context("the server showed no API key")?,
        };
        Ok(server)
    }

    async fn wait_until_ready(&mut self, started: Instant) -> Result<()> {
        while started.elapsed() < Duration::from_secs(120) {
            if let Some(status) = self.child.try_wait()? {
                bail!("the server ended: {status}");
            }
            if let Ok(mut connection) = Connection::open(&self.address).await {
                let answer = connection
                    .send(b"GET /readyz HTTP/1.1\r\nhost: localhost\r\n\r\n")
                    .await?;
                if answer.status == 200 {
                    return Ok(());
                }
            }
            tokio::time::sleep(Duration::from_millis(2)).await;
        }
        bail!("the server was not ready after two minutes")
    }

    /// Creates and publishes a workflow; answers the path of its runs.
    pub(crate) async fn publish(&self, document: &Value) -> Result<String> {
        let mut connection = Connection::open(&self.address).await?;
        let request = post("/api/workflows", &self.key, &document.to_string());
        let answer = connection.send(&request).await?;
        let text = String::from_utf8_lossy(&answer.body).into_owned();
        ensure!(answer.status == 201, "creating a workflow: {text}");
        let created: Value = serde_json::from_str(&text)?;
        let id = created["id"].as_str().context("no id")?;
        let request = post(&format!("/api/workflows/{id}/publish"), &self.key, "");
        let answer = connection.send(&request).await?;
        ensure!(
            answer.status < 300,
            "publishing: {}",
            String::from_utf8_lossy(&answer.body)
        );
        Ok(format!("/api/workflows/{id}/runs"))
    }

    /// Resident memory now, MiB.
    pub(crate) fn resident_mib(&self) -> Result<f64> {
        self.memory_mib("VmRSS:")
    }

    /// The most resident memory so far, MiB.
    pub(crate) fn peak_mib(&self) -> Result<f64> {
        self.memory_mib("VmHWM:")
    }

    fn memory_mib(&self, field: &'static str) -> Result<f64> {
        let status = std::fs::read_to_string(format!("/proc/{}/status", self.child.id()))?;
        let line = status
            .lines()
            .find_map(|line| line.strip_prefix(field))
            .context(field)?;
        let kib: f64 = line.trim().trim_end_matches(" kB").trim().parse()?;
        Ok(kib / 1024.0)
    }

    /// CPU time so far, milliseconds, from clock ticks of 10 ms.
    pub(crate) fn cpu_ms(&self) -> Result<f64> {
        let stat = std::fs::read_to_string(format!("/proc/{}/stat", self.child.id()))?;
        let after_name = stat.rsplit_once(')').context("no name in stat")?.1;
        let fields: Vec<&str> = after_name.split_whitespace().collect();
        let ticks: f64 = fields[11].parse::<f64>()? + fields[12].parse::<f64>()?;
        Ok(ticks * 10.0)
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// A workflow's document.
pub(crate) fn document(name: &str, nodes: &[Value], edges: &[Value]) -> Value {
    json!({ "name": name, "nodes": nodes, "edges": edges })
}

pub(crate) fn node(id: &str, node_type: &str, params: &Value) -> Value {
    json!({ "id": id, "name": id, "type": node_type, "params": params })
}

pub(crate) fn edge(from: &str, output: &str, to: &str, input: &str) -> Value {
    json!({ "from": { "node": from, "port": output }, "to": { "node": to, "port": input } })
}

/// A manual trigger and a chain of `count` nodes behind it.
pub(crate) fn chain(name: &str, node_type: &str, params: &Value, count: usize) -> Value {
    let mut nodes = vec![node("n0", "manual-trigger@1", &json!({}))];
    let mut edges = Vec::new();
    for index in 1..=count {
        let (before, id) = (format!("n{}", index - 1), format!("n{index}"));
        nodes.push(node(&id, node_type, params));
        edges.push(edge(&before, "main", &id, "main"));
    }
    document(name, &nodes, &edges)
}
