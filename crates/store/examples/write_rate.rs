//! How many durable writes a second the store does: `cargo run --release -p monshyflow-store --example write_rate -- [FOLDER]`.
//!
//! Each writer writes one after another, as a server's requests do: a small document; a log entry of 2 KiB with a
//! document, as a short run does; and reads one back.

#![expect(clippy::print_stdout, reason = "a program for people")]

use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use bytes::Bytes;
use monshyflow_ids::{RunId, TenantId};
use monshyflow_store::{Collection, Error, Log, Op, Options, Store};
use serde_json::{Value, json};

static RUNS: Collection = Collection {
    name: "runs",
    unique: &[&["workflowId", "idempotencyKey"]],
    indexes: &[&["workflowId"], &["status"], &["workflowId", "status"]],
    across_tenants: &[&["leaseUntil"]],
};
static HISTORY: Log = Log { name: "history" };

const FOR: Duration = Duration::from_secs(4);

#[derive(Clone, Copy)]
enum Work {
    Document,
    Run,
    Read,
}

#[tokio::main]
async fn main() -> Result<(), Box<dyn std::error::Error>> {
    let folder = std::env::args_os()
        .nth(1)
        .map_or_else(std::env::temp_dir, PathBuf::from);
    let folder = tempfile::tempdir_in(folder)?;
    println!(
        "fdatasync of 4 KiB: {:?} (median of 50)",
        sync_time(folder.path())?
    );
    for (work, name) in [
        (Work::Document, "document"),
        (Work::Run, "log entry + document"),
        (Work::Read, "read"),
    ] {
        for writers in [1, 25, 100] {
            let url = format!("sqlite://{}/{name}-{writers}.db", folder.path().display());
            let store = Store::open(&url, Options::new(&[&RUNS], &[&HISTORY])).await?;
            let (rate, mut times) = measure(&store, work, writers).await?;
            times.sort_unstable();
            let at = |share: f64| times[((times.len() - 1) as f64 * share) as usize];
            println!(
                "{name}, {writers} at once: {rate:.0}/s, p50 {:?}, p99 {:?}",
                at(0.5),
                at(0.99)
            );
            store.close().await;
        }
    }
    Ok(())
}

async fn measure(
    store: &Store,
    work: Work,
    writers: u64,
) -> Result<(f64, Vec<Duration>), Box<dyn std::error::Error>> {
    let tenant: TenantId = "local".parse()?;
    store.insert(&tenant, &RUNS, "known", &body()).await?;
    let start = Instant::now();
    let tasks = (0..writers).map(|writer| {
        let (store, tenant) = (store.clone(), tenant.clone());
        tokio::spawn(async move {
            let mut times = Vec::new();
            while start.elapsed() < FOR {
                let before = Instant::now();
                once(&store, &tenant, work, writer, before.duration_since(start)).await?;
                times.push(before.elapsed());
            }
            Ok::<_, Error>(times)
        })
    });
    let tasks: Vec<_> = tasks.collect();
    let mut times = Vec::new();
    for task in tasks {
        times.extend(task.await??);
    }
    Ok((times.len() as f64 / start.elapsed().as_secs_f64(), times))
}

async fn once(store: &Store, tenant: &TenantId, work: Work, writer: u64, at: Duration) -> Result<(), Error> {
    let nanos = at.as_nanos() as u64;
    let mut random = [0; 10];
    random[..8].copy_from_slice(&nanos.to_be_bytes());
    random[8] = writer as u8;
    let id = RunId::at(1_767_225_600_000 + at.as_millis() as u64, random).to_string();
    match work {
        Work::Document => store.insert(tenant, &RUNS, &id, &body()).await,
        Work::Run => {
            let append = Op::append(tenant, &HISTORY, id.clone(), 0, Bytes::from(vec![b'x'; 2_048]));
            store
                .write(vec![append, Op::insert(tenant, &RUNS, id, &body())?])
                .await
                .map(drop)
        }
        Work::Read => store.get(tenant, &RUNS, "known").await.map(drop),
    }
}

fn body() -> Value {
    json!({
        "workflowId": "0194f0c0-0000-7000-8000-000000000000", "workflowVersion": 3, "trigger": "webhook",
        "document": "0f".repeat(32), "status": "succeeded", "createdAt": "2026-01-01T00:00:00.123Z",
        "startedAt": "2026-01-01T00:00:00.124Z", "finishedAt": "2026-01-01T00:00:00.135Z", "fence": 1,
    })
}

fn sync_time(folder: &Path) -> std::io::Result<Duration> {
    use std::io::Write;
    let mut file = std::fs::File::create(folder.join("probe"))?;
    let mut times = Vec::new();
    for _ in 0..50 {
        file.write_all(&[7; 4_096])?;
        let start = Instant::now();
        file.sync_data()?;
        times.push(start.elapsed());
    }
    times.sort_unstable();
    Ok(times[25])
}
