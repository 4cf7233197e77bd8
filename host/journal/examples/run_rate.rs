//! What history costs a short run: `cargo run --release -p monshyflow-journal --example run_rate -- [FOLDER]`.
//!
//! Each starter begins runs one after another; a run has one step with an item of 1 KiB and is durable at its end.

#![expect(clippy::print_stdout, reason = "a program for people")]

use std::path::PathBuf;
use std::sync::Arc;
use std::time::{Duration, Instant};

use monshyflow_clock::Clock;
use monshyflow_engine::{Cost, Event, StepId};
use monshyflow_ids::{TenantId, WorkflowId};
use monshyflow_items::{Item, ItemList, Json};
use monshyflow_journal::{Journal, NewRun};
use monshyflow_manifest::Manifest;
use monshyflow_store::{Objects, Options, Store};
use monshyflow_workflow::{Document, NodeIndex, NodeType, PortIndex, Workflow, check};
use serde_json::{Value, json};

const FOR: Duration = Duration::from_secs(4);

type Failure = Box<dyn std::error::Error + Send + Sync>;

#[tokio::main]
async fn main() -> Result<(), Failure> {
    let folder = std::env::args_os()
        .nth(1)
        .map_or_else(std::env::temp_dir, PathBuf::from);
    let folder = tempfile::tempdir_in(folder)?;
    let options = Options::new(Journal::COLLECTIONS, Journal::LOGS);
    let store = Store::open(&format!("sqlite://{}/runs.db", folder.path().display()), options).await?;
    let objects = Objects::open_folder(&folder.path().join("objects"))?;
    let journal = Journal::new(store.clone(), objects, Clock::System, Clock::System.id());
    let workflow = workflow()?;
    for starters in [1, 25, 100] {
        let start = Instant::now();
        let tasks: Vec<_> = (0..starters)
            .map(|_| {
                let (journal, workflow) = (journal.clone(), workflow.clone());
                tokio::spawn(async move {
                    let mut times = Vec::new();
                    while start.elapsed() < FOR {
                        let before = Instant::now();
                        one_run(&journal, &workflow).await?;
                        times.push(before.elapsed());
                    }
                    Ok::<_, Failure>(times)
                })
            })
            .collect();
        let mut times = Vec::new();
        for task in tasks {
            times.extend(task.await??);
        }
        times.sort_unstable();
        let at = |share: f64| times[((times.len() - 1) as f64 * share) as usize];
        let rate = times.len() as f64 / start.elapsed().as_secs_f64();
        println!(
            "{starters} at once: {rate:.0} runs/s, p50 {:?}, p99 {:?}",
            at(0.5),
            at(0.99)
        );
    }
    store.close().await;
    Ok(())
}

async fn one_run(journal: &Journal, workflow: &Arc<Workflow>) -> Result<(), Failure> {
    let tenant: TenantId = "local".parse()?;
    let new = NewRun {
        id: Clock::System.id(),
        workflow_id: WorkflowId::at(1, [0; 10]),
        workflow_version: Some(1),
        document: "0f".repeat(32),
        trigger: "webhook".to_owned(),
        idempotency_key: None,
        singleton_key: None,
        options: Value::Null,
    };
    let item = Item::new(Json::from_value(&json!({"text": "x".repeat(1_000)})));
    let list = ItemList::from_items(vec![item]);
    let step = StepId {
        node: NodeIndex(0),
        iteration: Vec::new(),
        attempt: 1,
    };
    let outputs = vec![(PortIndex(0), list.clone())];
    let appender = journal.begin_deferred(&tenant, new, workflow.clone());
    appender.record(&Event::RunRequested {
        trigger: NodeIndex(0),
        input: list,
        plan: monshyflow_engine::Plan::default(),
    })?;
    appender.record(&Event::RunStarted)?;
    appender.record(&Event::StepStarted { step: step.clone() })?;
    appender.record(&Event::StepSucceeded {
        step,
        outputs,
        variables: Vec::new(),
        response: None,
        cost: Cost::default(),
    })?;
    appender.record(&Event::RunSucceeded)?;
    appender.finish().await?;
    Ok(())
}

fn workflow() -> Result<Arc<Workflow>, Failure> {
    let manifest = json!({
        "contract": "0.1", "name": "start", "version": "1.0.0", "title": "start", "description": "start",
        "category": "test", "kind": "trigger", "mode": "all", "inputs": [],
        "outputs": [{"name": "out", "title": "out", "required": true}], "parameters": {"type": "object"},
    });
    let manifest: Manifest = serde_json::from_value(manifest)?;
    let node_type = Arc::new(NodeType::from_manifest(manifest, &"0".repeat(64))?);
    let types = std::collections::BTreeMap::from([(node_type.name.clone(), node_type)]);
    let document =
        json!({"name": "test", "nodes": [{"id": "s", "name": "s", "type": "start@1"}], "edges": []});
    let document = Document::parse(document.to_string().as_bytes())?;
    let checked = check(document, &types).map_err(|problems| format!("{problems:?}"))?;
    Ok(Arc::new(checked))
}
