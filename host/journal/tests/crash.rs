//! A process is killed in the middle of runs. What it had been told is durable is in the history afterwards, without gaps,
//! and another process finds every accepted run that has not ended and ends it. Its own `main`, because the process that is
//! killed is this program again.

#![expect(clippy::unwrap_used, reason = "a test may panic")]

#[path = "journal/support/graph.rs"]
mod graph;

use std::collections::BTreeMap;
use std::io::{BufRead, BufReader, Write};
use std::path::Path;
use std::process::{Command, ExitCode, Stdio};
use std::time::Duration;

use monshyflow_clock::Clock;
use monshyflow_engine::{CancelReason, Event, LogLevel, StepId};
use monshyflow_ids::{RunId, TenantId, WorkflowId};
use monshyflow_items::{Item, ItemList, Json};
use monshyflow_journal::{Appender, Error, Journal, NewRun, Status};
use monshyflow_store::{Objects, Options, Store};
use monshyflow_workflow::NodeIndex;

const RUNNERS: usize = 6;
const KILLS: u64 = 8;

fn main() -> ExitCode {
    let runtime = tokio::runtime::Runtime::new().unwrap();
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    match arguments.as_slice() {
        [role, folder] if role == "run-until-killed" => runtime.block_on(run_until_killed(Path::new(folder))),
        _ => runtime.block_on(durable_events_survive_and_runs_go_on()),
    }
    ExitCode::SUCCESS
}

async fn durable_events_survive_and_runs_go_on() {
    let folder = tempfile::tempdir().unwrap();
    let (mut taken_over, mut acknowledged) = (0, 0);
    for kill in 0..KILLS {
        let durable = durable_when_killed(folder.path(), Duration::from_millis(60 + kill * 41));
        let (store, journal) = open(folder.path()).await;
        let open_runs = journal.recoverable().await.unwrap();
        for (run, seq) in &durable {
            let events = journal.events(&tenant(), *run, 0).await.unwrap();
            let numbers: Vec<u64> = events.iter().map(|event| event.seq).collect();
            assert_eq!(numbers, (1..=events.len() as u64).collect::<Vec<_>>());
            assert!(
                numbers.len() as u64 >= *seq,
                "{run}: {seq} was durable, {} are there",
                numbers.len()
            );
            let ended = events.last().unwrap().terminal;
            assert_eq!(
                journal.run(&tenant(), *run).await.unwrap().status.is_terminal(),
                ended
            );
            assert_eq!(open_runs.iter().all(|(_, open, _)| open != run), ended, "{run}");
        }
        acknowledged += durable.len();
        for (tenant, run, _) in open_runs {
            let held = journal.take_over(&tenant, run).await.unwrap();
            let (appender, state, _) = held.load(graph::workflow("start > a")).await.unwrap();
            assert!(!state.is_finished());
            appender
                .record(&Event::RunCancelled {
                    reason: CancelReason::Requested,
                })
                .unwrap();
            assert_eq!(appender.finish().await.unwrap().status, Status::Cancelled);
            let state = journal
                .load_run(&tenant, run, &graph::workflow("start > a"))
                .await
                .unwrap();
            // The input, which the object store has, was durable before the event that names it.
            let input = state
                .inputs(
                    &graph::workflow("start > a"),
                    &StepId {
                        node: NodeIndex(0),
                        iteration: Vec::new(),
                        attempt: 1,
                    },
                )
                .remove(0);
            assert_eq!(journal.load_list(&tenant, &input).await.unwrap().len(), 3);
            taken_over += 1;
        }
        assert_eq!(journal.recoverable().await.unwrap(), []);
        store.close().await;
    }
    assert!(
        taken_over > 5 && acknowledged > 50,
        "{taken_over} were taken over of {acknowledged}"
    );
}

/// Runs that the child had, with the last event that it had been told is durable.
fn durable_when_killed(folder: &Path, after: Duration) -> BTreeMap<RunId, u64> {
    let mut child = Command::new(std::env::current_exe().unwrap())
        .arg("run-until-killed")
        .arg(folder)
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    let mut lines = BufReader::new(child.stdout.take().unwrap()).lines();
    let mut all = vec![lines.next().unwrap().unwrap()];
    let killer = std::thread::spawn(move || {
        std::thread::sleep(after);
        child.kill().unwrap();
        child.wait().unwrap()
    });
    all.extend(lines.map_while(Result::ok));
    assert!(!killer.join().unwrap().success());
    let mut durable = BTreeMap::new();
    for line in all {
        // The last line may be cut off.
        if let Some((run, seq)) = line.strip_suffix('.').and_then(|line| line.split_once(' ')) {
            durable.insert(run.parse().unwrap(), seq.parse().unwrap());
        }
    }
    durable
}

async fn run_until_killed(folder: &Path) {
    let (_store, journal) = open(folder).await;
    let runners: Vec<_> = (0..RUNNERS)
        .map(|runner| {
            let journal = journal.clone();
            tokio::spawn(async move {
                for round in 0.. {
                    one_run(&journal, (runner + round) % 3).await.unwrap();
                }
            })
        })
        .collect();
    for runner in runners {
        runner.await.unwrap();
    }
}

/// Of each three runs one is accepted at once, one with its first flush, and one with its end.
async fn one_run(journal: &Journal, kind: usize) -> Result<(), Error> {
    let new = NewRun {
        id: Clock::System.id(),
        workflow_id: WorkflowId::at(1, [0; 10]),
        workflow_version: None,
        document: "somewhere".to_owned(),
        trigger: "manual".to_owned(),
        idempotency_key: None,
        singleton_key: None,
        options: serde_json::Value::Null,
    };
    let appender = journal.begin_deferred(&tenant(), new, graph::workflow("start > a"));
    let text = serde_json::json!("x".repeat(if kind == 2 { 10 } else { 50_000 }));
    let input = ItemList::from_items(vec![Item::new(Json::from_value(&text)); 3]);
    let input = appender.store_list(input).await?;
    appender.record(&Event::RunRequested {
        trigger: NodeIndex(0),
        input,
        plan: monshyflow_engine::Plan::default(),
    })?;
    if kind == 0 {
        told(&appender, 1).await?;
    }
    appender.record(&Event::RunStarted)?;
    for number in 0..30 {
        let step = StepId {
            node: NodeIndex(0),
            iteration: Vec::new(),
            attempt: 1,
        };
        let seq = appender.record(&Event::Log {
            step,
            level: LogLevel::Info,
            message: number.to_string(),
        })?;
        if kind != 2 && number % 4 == 0 {
            told(&appender, seq).await?;
        }
    }
    let last = appender.record(&Event::RunSucceeded)?;
    told(&appender, last).await
}

async fn told(appender: &Appender, seq: u64) -> Result<(), Error> {
    appender.flush().await?;
    // One call, so that a line is whole unless the process dies in it.
    std::io::stdout()
        .write_all(format!("{} {seq}.\n", appender.run_id()).as_bytes())
        .unwrap();
    Ok(())
}

async fn open(folder: &Path) -> (Store, Journal) {
    let options = Options::new(Journal::COLLECTIONS, Journal::LOGS);
    let store = Store::open(&format!("sqlite://{}/crash.db", folder.display()), options)
        .await
        .unwrap();
    let objects = Objects::open_folder(&folder.join("objects")).unwrap();
    let journal = Journal::new(store.clone(), objects, Clock::System, Clock::System.id());
    (store, journal)
}

fn tenant() -> TenantId {
    "acme".parse().unwrap()
}
