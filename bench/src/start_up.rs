use std::time::Duration;

use anyhow::Result;

use crate::Args;
use crate::report::Report;
use crate::server::Server;

/// From the start of the process to ready with every node compiled before, and what the server takes when nobody asks.
pub(crate) async fn measure(args: &Args, report: &mut Report) -> Result<()> {
    println!("start-up: second start on the same folder");
    let data = tempfile::tempdir()?;
    // Nothing compiled before, as on the first day.
    let args = &Args {
        cache: None,
        ..args.clone()
    };
    let first = Server::start(args, data.path(), None).await?;
    println!(
        "  first start, compiling all nodes: {:.0} ms",
        first.ready_after.as_secs_f64() * 1000.0
    );
    let key = first.key.clone();
    drop(first);
    let mut times = Vec::new();
    for _ in 0..5 {
        let server = Server::start(args, data.path(), Some(key.clone())).await?;
        times.push(server.ready_after.as_secs_f64() * 1000.0);
    }
    times.sort_by(f64::total_cmp);
    report.at_most(
        "(f) start to ready, nodes cached, median of 5",
        times[2],
        "ms",
        300.0,
    );
    let server = Server::start(args, data.path(), Some(key)).await?;
    tokio::time::sleep(Duration::from_secs(2)).await;
    let before = server.cpu_ms()?;
    tokio::time::sleep(Duration::from_secs(5)).await;
    println!("  CPU in 5 idle seconds: {:.0} ms", server.cpu_ms()? - before);
    report.at_most("(f) idle memory", server.resident_mib()?, "MiB", 120.0);
    Ok(())
}
