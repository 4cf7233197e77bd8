use std::process::ExitCode;
use std::sync::Arc;

use anyhow::{Context, bail};
use monshyflow_run_api::ApiState;
use monshyflow_runner::StartRequest;
use monshyflow_web::ServeConfig;
use tokio::net::TcpListener;
use tokio_util::sync::CancellationToken;

use crate::assemble::{Folder, Host, local_tenant};
use crate::bootstrap_key::bootstrap_key;
use crate::cli::ServeArgs;
use crate::import::{import, names};
use crate::print_run::{print_events, print_result};
use crate::run_file::input;
use crate::say;

pub(crate) async fn serve(args: ServeArgs, json: bool) -> anyhow::Result<ExitCode> {
    let folder = Folder::of_server(&args.data, args.cache.as_deref())?;
    let listener = TcpListener::bind(args.listen).await;
    let listener = listener.with_context(|| format!("cannot listen on {}", args.listen))?;
    let metrics = metrics_exporter_prometheus::PrometheusBuilder::new().install_recorder()?;
    let own_url = format!("http://{}", listener.local_addr()?);
    let public_url = args
        .public_url
        .as_deref()
        .unwrap_or(&own_url)
        .trim_end_matches('/');
    let host = Arc::new(Host::assemble(&folder, &args.host, public_url).await?);
    let tenant = local_tenant();
    let keys = bootstrap_key(folder.keys(), &tenant)?;
    if let Some(examples) = &args.import {
        import(&host, &tenant, examples).await?;
    }
    let shutdown = CancellationToken::new();
    tokio::spawn(monshyflow_run_api::drain_metrics(
        metrics.clone(),
        shutdown.clone(),
    ));
    let (catalog, runner, journal) = (host.catalog.clone(), host.runner.clone(), host.journal.clone());
    let state = ApiState::new(catalog, runner, journal, keys, metrics, shutdown.clone());
    let router = monshyflow_run_api::router(state);
    let address = listener.local_addr()?;
    let server = tokio::spawn(monshyflow_web::serve(
        listener,
        router,
        shutdown.clone(),
        ServeConfig::default(),
    ));
    let recovered = host.runner.recover().await?;
    tracing::info!(%address, recovered, "ready");
    say(&format!(
        "MonshyFlow listens on http://{address}  (API documentation: http://{address}/api/docs)"
    ));
    let outcome = match &args.run {
        Some(name) => run_example(&host, name, &args, json).await,
        None => Ok(ExitCode::SUCCESS),
    };
    if !args.once && outcome.is_ok() {
        stop_signal().await?;
        tracing::info!("shutting down");
    }
    shutdown.cancel();
    host.runner.stop_accepting();
    server.await?;
    host.close().await;
    outcome
}

/// Runs a workflow by name and prints its steps.
async fn run_example(host: &Host, name: &str, args: &ServeArgs, json: bool) -> anyhow::Result<ExitCode> {
    let tenant = local_tenant();
    let known = names(host, &tenant).await?;
    let Some((_, id)) = known.into_iter().find(|(known, _)| known == name) else {
        bail!("there is no workflow `{name}` to run");
    };
    let input = input(args.input.as_deref())?;
    let started = host
        .runner
        .start(
            &tenant,
            StartRequest {
                input,
                ..StartRequest::default_for(id)
            },
        )
        .await?;
    say(&format!("running `{name}` as {}", started.run));
    print_events(host, &tenant, started.run, json).await?;
    let view = host.runner.run(&tenant, started.run).await?;
    print_result(&view, json)?;
    Ok(if view.status == "succeeded" {
        ExitCode::SUCCESS
    } else {
        ExitCode::FAILURE
    })
}

async fn stop_signal() -> anyhow::Result<()> {
    use tokio::signal::unix::{SignalKind, signal};
    let mut terminate = signal(SignalKind::terminate())?;
    tokio::select! {
        _ = tokio::signal::ctrl_c() => {}
        _ = terminate.recv() => {}
    }
    Ok(())
}
