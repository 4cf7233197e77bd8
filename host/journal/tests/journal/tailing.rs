use futures::{FutureExt, StreamExt};
use monshyflow_engine::{CancelReason, Event, LogLevel, Run, StepId};
use monshyflow_journal::{Error, EventText};
use monshyflow_workflow::NodeIndex;

use crate::support::graph::workflow;
use crate::support::house::{House, acme, list, tenant};
use crate::support::player::Player;

fn log(number: u64) -> Event {
    let step = StepId {
        node: NodeIndex(0),
        iteration: Vec::new(),
        attempt: 1,
    };
    Event::Log {
        step,
        level: LogLevel::Info,
        message: number.to_string(),
    }
}

fn seqs(events: &[EventText]) -> Vec<u64> {
    events.iter().map(|event| event.seq).collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn every_place_to_start_from_gives_the_rest_once() {
    let house = House::new().await;
    let journal = house.journal();
    let graph = workflow("start > a, b; a > c; b > c");
    let appender = journal.begin_deferred(&acme(), house.new_run(), graph.clone());
    let mut player = Player::new(&journal, appender, Run::new(), graph, 7);
    player.begin(list(2, 10)).await.unwrap();
    player.appender.flush().await.unwrap();
    let run = player.appender.run_id();
    // Readers from every place, before, while and after it is written.
    let mut readers = Vec::new();
    for after in 0..12 {
        readers.push((
            after,
            tokio::spawn(
                journal
                    .tail(&acme(), run, after)
                    .await
                    .unwrap()
                    .collect::<Vec<_>>(),
            ),
        ));
    }
    while !player.run.is_finished() {
        player.play_one().await.unwrap();
        player.appender.flush().await.unwrap();
        readers.push((
            3,
            tokio::spawn(journal.tail(&acme(), run, 3).await.unwrap().collect::<Vec<_>>()),
        ));
    }
    player.appender.finish().await.unwrap();
    let last = journal.events(&acme(), run, 0).await.unwrap().len() as u64;
    for after in 0..last + 3 {
        readers.push((
            after,
            tokio::spawn(
                journal
                    .tail(&acme(), run, after)
                    .await
                    .unwrap()
                    .collect::<Vec<_>>(),
            ),
        ));
    }
    for (after, reader) in readers {
        let events: Result<Vec<EventText>, Error> = reader.await.unwrap().into_iter().collect();
        assert_eq!(
            seqs(&events.unwrap()),
            (after + 1..=last).collect::<Vec<_>>(),
            "after {after}"
        );
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn many_readers_see_the_same() {
    let house = House::new().await;
    let journal = house.journal();
    let requested = Event::RunRequested {
        trigger: NodeIndex(0),
        input: list(1, 1),
        plan: monshyflow_engine::Plan::default(),
    };
    let new = house.new_run();
    let appender = journal
        .begin_durable(&acme(), new, workflow("start > a"), &[requested])
        .await
        .unwrap();
    let run = appender.run_id();
    let readers: Vec<_> = (0..50)
        .map(|_| {
            let journal = journal.clone();
            tokio::spawn(async move {
                journal
                    .tail(&acme(), run, 0)
                    .await
                    .unwrap()
                    .collect::<Vec<_>>()
                    .await
            })
        })
        .collect();
    for number in 0..500 {
        appender.record(&log(number)).unwrap();
        if number % 10 == 0 {
            appender.flush().await.unwrap();
        }
    }
    appender.record(&Event::RunSucceeded).unwrap();
    appender.finish().await.unwrap();
    for reader in readers {
        let events: Result<Vec<_>, _> = reader.await.unwrap().into_iter().collect();
        assert_eq!(seqs(&events.unwrap()), (1..=502).collect::<Vec<_>>());
    }
}

#[tokio::test]
async fn only_what_is_durable_is_seen() {
    let house = House::new().await;
    let journal = house.journal();
    let requested = Event::RunRequested {
        trigger: NodeIndex(0),
        input: list(3, 10),
        plan: monshyflow_engine::Plan::default(),
    };
    let new = house.new_run();
    let appender = journal
        .begin_durable(&acme(), new, workflow("start > a"), &[requested])
        .await
        .unwrap();
    let mut tail = journal.tail(&acme(), appender.run_id(), 0).await.unwrap();
    let first = tail.next().await.unwrap().unwrap();
    let expected = concat!(
        r#"{"seq":1,"at":"2026-01-01T00:00:00.000Z","type":"run-requested","node":"start","#,
        r#""input":{"count":3,"bytes":81}}"#
    );
    assert_eq!(
        (first.kind.as_str(), first.json.as_str()),
        ("run-requested", expected)
    );
    appender.record(&log(1)).unwrap();
    assert!(tail.next().now_or_never().is_none());
    appender.flush().await.unwrap();
    assert_eq!(tail.next().await.unwrap().unwrap().seq, 2);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_reader_stays_when_the_writer_changes() {
    let house = House::new().await;
    let journal = house.journal();
    let graph = || workflow("start > a");
    let requested = Event::RunRequested {
        trigger: NodeIndex(0),
        input: list(1, 1),
        plan: monshyflow_engine::Plan::default(),
    };
    let appender = journal
        .begin_durable(&acme(), house.new_run(), graph(), &[requested])
        .await
        .unwrap();
    let run = appender.run_id();
    let reader = tokio::spawn(journal.tail(&acme(), run, 0).await.unwrap().collect::<Vec<_>>());
    appender.release().await.unwrap();
    drop(appender);
    let (appender, ..) = journal
        .take_over(&acme(), run)
        .await
        .unwrap()
        .load(graph())
        .await
        .unwrap();
    appender.record(&Event::RunStarted).unwrap();
    appender
        .record(&Event::RunCancelled {
            reason: CancelReason::Requested,
        })
        .unwrap();
    appender.finish().await.unwrap();
    let events: Result<Vec<_>, _> = reader.await.unwrap().into_iter().collect();
    assert_eq!(seqs(&events.unwrap()), [1, 2, 3]);
}

#[tokio::test]
async fn foreign_runs_are_not_there() {
    let house = House::new().await;
    let journal = house.journal();
    let requested = Event::RunRequested {
        trigger: NodeIndex(0),
        input: list(1, 1),
        plan: monshyflow_engine::Plan::default(),
    };
    let new = house.new_run();
    let appender = journal
        .begin_durable(&acme(), new, workflow("start > a"), &[requested])
        .await
        .unwrap();
    let (other, run) = (tenant("other"), appender.run_id());
    assert!(matches!(
        journal.tail(&other, run, 0).await.map(drop),
        Err(Error::NotFound)
    ));
    assert!(matches!(
        journal.events(&other, run, 0).await,
        Err(Error::NotFound)
    ));
    assert!(matches!(journal.run(&other, run).await, Err(Error::NotFound)));
    assert!(matches!(
        journal.load_run(&other, run, &workflow("start > a")).await,
        Err(Error::NotFound)
    ));
    assert!(matches!(
        journal.take_over(&other, run).await.map(drop),
        Err(Error::NotFound)
    ));
}
