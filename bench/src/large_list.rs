use std::fs::File;
use std::io::{BufWriter, Write};
use std::path::Path;
use std::process::{Command, Stdio};
use std::time::Instant;

use anyhow::{Result, ensure};
use serde_json::json;

use crate::Args;
use crate::report::Report;
use crate::server::chain;

const ITEMS: usize = 100_000;

/// 100,000 items of 1 KiB through ten `set` nodes by `monshyflow run FILE`, peak memory of the whole process. The same with
/// nodes that ask where each item came from.
pub(crate) fn measure(args: &Args, report: &mut Report) -> Result<()> {
    println!("large-list: {ITEMS} items of 1 KiB through ten set nodes");
    let folder = tempfile::tempdir()?;
    let input = folder.path().join("input.json");
    write_items(&mut BufWriter::new(File::create(&input)?))?;
    let (seconds, peak) = run(args, folder.path(), "x")?;
    report.at_most("(e) 100,000 items through ten set nodes", seconds, "s", 20.0);
    report.at_most("(e) peak memory", peak, "MiB", 300.0);
    let (seconds, peak) = run(args, folder.path(), "{{ $('n0').item.json.id }}")?;
    println!("  each with `$('n0').item`: {seconds:.2} s, {peak:.0} MiB");
    Ok(())
}

/// Seconds and MiB.
fn run(args: &Args, folder: &Path, value: &str) -> Result<(f64, f64)> {
    let (workflow, input) = (folder.join("workflow.json"), folder.join("input.json"));
    let params = json!({"fields": [{"name": "mark", "type": "string", "value": value}]});
    std::fs::write(&workflow, chain("large list", "set@1", &params, 10).to_string())?;
    let started = Instant::now();
    let child = Command::new(&args.monshyflow)
        .arg("run")
        .arg(&workflow)
        .arg("--nodes")
        .arg(&args.nodes)
        .args(["--json", "--input"])
        .arg(format!("@{}", input.display()))
        .stdout(Stdio::piped())
        .spawn()?;
    let id = child.id();
    let peak = std::thread::spawn(move || watch_peak(id));
    let output = child.wait_with_output()?;
    let seconds = started.elapsed().as_secs_f64();
    let printed = String::from_utf8_lossy(&output.stdout);
    ensure!(output.status.success(), "the run failed: {printed}");
    let passed = printed.matches(&format!("\"count\":{ITEMS}")).count();
    ensure!(passed >= 10, "only {passed} steps had all items");
    let peak = peak.join();
    Ok((
        seconds,
        peak.map_err(|_| anyhow::anyhow!("the watching thread failed"))?,
    ))
}

fn write_items(out: &mut impl Write) -> Result<()> {
    let text = "lorem ipsum dolor sit amet ".repeat(35);
    out.write_all(b"[")?;
    for index in 0..ITEMS {
        if index > 0 {
            out.write_all(b",")?;
        }
        write!(
            out,
            r#"{{"id":{index},"name":"item {index}","tags":["a","b"],"text":"{text}"}}"#
        )?;
    }
    out.write_all(b"]")?;
    Ok(out.flush()?)
}

/// The greatest resident size that the kernel saw, MiB; the process takes it along when it ends, so look often.
fn watch_peak(process: u32) -> f64 {
    let mut peak = 0.0_f64;
    while let Ok(status) = std::fs::read_to_string(format!("/proc/{process}/status")) {
        let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:"));
        let kib = line.and_then(|line| line.trim().trim_end_matches(" kB").trim().parse::<f64>().ok());
        match kib {
            Some(kib) => peak = peak.max(kib / 1024.0),
            None => break,
        }
        std::thread::sleep(std::time::Duration::from_millis(5));
    }
    peak
}
