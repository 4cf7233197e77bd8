use std::path::Path;
use std::time::{Duration, Instant};

use anyhow::{Context, Result, bail, ensure};
use jiff::Timestamp;
use monshyflow_clock::Clock;
use serde_json::{Value, json};
use tokio::task::JoinSet;

use crate::Args;
use crate::http_load::{Connection, get, post};
use crate::report::Report;
use crate::server::{Server, chain};

/// Clients that start runs at the same time.
const CLIENTS: usize = 64;
/// Waits that end while all others wait: so many, one after the other at such a distance.
const WAKING: u64 = 1_000;
const APART_MS: u64 = 20;
/// Waits that end at the same moment.
const AT_ONCE: u64 = 500;

/// Runs that wait, half of them for a time and half for an answer: what they take, how late others wake beside them, and how
/// long a start with all of them takes.
pub(crate) async fn measure(args: &Args, report: &mut Report) -> Result<()> {
    println!(
        "waiting: {} runs, half for a time, half for an answer",
        args.waiting
    );
    let data = tempfile::tempdir()?;
    let server = Server::start(args, data.path(), None).await?;
    let timer = json!({ "mode": "duration", "amount": 7, "unit": "day" });
    let for_time = server.publish(&chain("time", "wait@1", &timer, 1)).await?;
    let for_answer = server
        .publish(&chain("answer", "approval@1", &json!({}), 1))
        .await?;
    let at = json!({ "mode": "dateTime", "dateTime": "{{ $json.at }}" });
    let until = server.publish(&chain("until", "wait@1", &at, 1)).await?;
    let woken = lags(&server, &until, 100, APART_MS).await?;
    println!(
        "  lag with nothing else: p50 {:.1} ms, p99 {:.1} ms",
        woken.0, woken.1
    );
    let before = server.resident_mib()?;
    let started = Instant::now();
    start_all(&server, &[for_time, for_answer], args.waiting).await?;
    until_all_wait(&server).await?;
    let seconds = started.elapsed().as_secs_f64();
    println!(
        "  started in {seconds:.0} s, {:.0} a second, with {CLIENTS} clients",
        args.waiting as f64 / seconds
    );
    tokio::time::sleep(Duration::from_secs(3)).await;
    let memory = server.resident_mib()?;
    println!(
        "  memory {memory:.0} MiB, {before:.0} MiB before, so {:.0} bytes a run",
        (memory - before) * 1024.0 * 1024.0 / args.waiting as f64
    );
    let cpu = server.cpu_ms()?;
    tokio::time::sleep(Duration::from_secs(5)).await;
    println!("  CPU in 5 idle seconds: {:.0} ms", server.cpu_ms()? - cpu);
    let (p50, p99) = lags(&server, &until, AT_ONCE, 0).await?;
    println!("  lag of {AT_ONCE} at the same moment: p50 {p50:.1} ms, p99 {p99:.1} ms");
    let (p50, p99) = lags(&server, &until, WAKING, APART_MS).await?;
    println!("  lag of {WAKING}, one each {APART_MS} ms: p50 {p50:.1} ms, p99 {p99:.1} ms");
    report.at_most("waiting, lag of waking, p99", p99, "ms", 100.0);
    restart(args, data.path(), server, &until).await
}

/// Killed, as a crash would; one wait ends meanwhile.
async fn restart(args: &Args, data: &Path, server: Server, until: &str) -> Result<()> {
    let due = now_ms() + 3_000;
    let runs = start_due(&server, until, std::iter::once(due)).await?;
    until_all_wait(&server).await?;
    let key = server.key.clone();
    drop(server);
    tokio::time::sleep(Duration::from_millis(due.saturating_sub(now_ms()))).await;
    let started = Instant::now();
    let server = Server::start(args, data, Some(key)).await?;
    let ready = server.ready_after;
    let mut connection = Connection::open(&server.address).await?;
    let run = &runs.first().context("no run")?.0;
    while finished_ms(&server, &mut connection, run).await?.is_none() {
        ensure!(
            started.elapsed() < Duration::from_secs(60),
            "the run did not wake"
        );
        tokio::time::sleep(Duration::from_millis(2)).await;
    }
    println!(
        "  start after a crash: ready after {:.0} ms, what was due woken after {:.0} ms, then {:.0} MiB",
        ready.as_secs_f64() * 1e3,
        started.elapsed().as_secs_f64() * 1e3,
        server.resident_mib()?
    );
    Ok(())
}

async fn start_all(server: &Server, workflows: &[String], count: usize) -> Result<()> {
    let mut clients = JoinSet::new();
    for client in 0..CLIENTS {
        let request = post(
            &workflows[client % workflows.len()],
            &server.key,
            r#"{"input": {"a": 1}}"#,
        );
        let mut connection = Connection::open(&server.address).await?;
        let share = count / CLIENTS + usize::from(client < count % CLIENTS);
        clients.spawn(async move {
            for _ in 0..share {
                let answer = connection.send(&request).await?;
                ensure!(answer.status == 202, "{}", String::from_utf8_lossy(&answer.body));
            }
            Ok(())
        });
    }
    while let Some(ended) = clients.join_next().await {
        ended??;
    }
    Ok(())
}

/// A run that is accepted waits a moment later.
async fn until_all_wait(server: &Server) -> Result<()> {
    let mut connection = Connection::open(&server.address).await?;
    let started = Instant::now();
    'again: while started.elapsed() < Duration::from_secs(120) {
        tokio::time::sleep(Duration::from_millis(50)).await;
        for status in ["queued", "running"] {
            let page = read(
                server,
                &mut connection,
                &format!("/api/runs?status={status}&limit=1"),
            )
            .await?;
            if page["items"].as_array().is_none_or(|runs| !runs.is_empty()) {
                continue 'again;
            }
        }
        return Ok(());
    }
    bail!("some runs do not come to wait")
}

/// Median and 99th percentile of the time from the end of a wait to the end of its run, milliseconds.
async fn lags(server: &Server, until: &str, count: u64, apart_ms: u64) -> Result<(f64, f64)> {
    // They must be let go of before the first of them is due.
    let first = now_ms() + 5_000 + count * 10;
    let due = start_due(server, until, (0..count).map(|index| first + index * apart_ms)).await?;
    ensure!(
        now_ms() < first - 2_500,
        "this machine starts runs too slowly to measure their waking"
    );
    let last = first + count * apart_ms + 500;
    tokio::time::sleep(Duration::from_millis(last.saturating_sub(now_ms()))).await;
    let mut connection = Connection::open(&server.address).await?;
    let mut lags = Vec::new();
    for (run, at) in due {
        let ended = loop {
            match finished_ms(server, &mut connection, &run).await? {
                Some(ended) => break ended,
                None => tokio::time::sleep(Duration::from_millis(20)).await,
            }
            ensure!(now_ms() < last + 60_000, "run {run} did not wake within a minute");
        };
        lags.push(ended - at as f64);
    }
    lags.sort_by(f64::total_cmp);
    Ok((lags[lags.len() / 2], lags[lags.len() * 99 / 100]))
}

/// Starts a run for each time; answers which waits until when.
async fn start_due(
    server: &Server,
    until: &str,
    times: impl Iterator<Item = u64>,
) -> Result<Vec<(String, u64)>> {
    let times: Vec<u64> = times.collect();
    let mut clients = JoinSet::new();
    for share in times.chunks(times.len().div_ceil(8)) {
        let (until, key, share) = (until.to_owned(), server.key.clone(), share.to_vec());
        let mut connection = Connection::open(&server.address).await?;
        clients.spawn(async move {
            let mut due = Vec::new();
            for at in share {
                let body = json!({ "input": { "at": at } }).to_string();
                let answer = connection.send(&post(&until, &key, &body)).await?;
                ensure!(answer.status == 202, "{}", String::from_utf8_lossy(&answer.body));
                let accepted: Value = serde_json::from_slice(&answer.body)?;
                due.push((accepted["id"].as_str().context("no id")?.to_owned(), at));
            }
            Ok(due)
        });
    }
    let mut due = Vec::new();
    while let Some(of_client) = clients.join_next().await {
        due.extend(of_client??);
    }
    Ok(due)
}

/// When the run ended well, if it has ended.
async fn finished_ms(server: &Server, connection: &mut Connection, run: &str) -> Result<Option<f64>> {
    let view = read(server, connection, &format!("/api/runs/{run}")).await?;
    let Some(finished) = view["finishedAt"].as_str() else {
        return Ok(None);
    };
    ensure!(view["status"] == "succeeded", "{view}");
    Ok(Some(finished.parse::<Timestamp>()?.as_microsecond() as f64 / 1e3))
}

async fn read(server: &Server, connection: &mut Connection, path: &str) -> Result<Value> {
    let answer = connection.send(&get(path, &server.key)).await?;
    let text = String::from_utf8_lossy(&answer.body);
    ensure!(answer.status == 200, "{text}");
    Ok(serde_json::from_str(&text)?)
}

fn now_ms() -> u64 {
    Clock::System.millis()
}
