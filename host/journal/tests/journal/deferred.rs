use std::sync::Arc;

use monshyflow_engine::Event;
use monshyflow_journal::{Error, NewRun, Status};
use monshyflow_workflow::{NodeIndex, Workflow};

use crate::support::graph::workflow;
use crate::support::house::{House, acme, list, workflow_id};

const DAY: u64 = 24 * 60 * 60 * 1_000;

fn graph() -> Arc<Workflow> {
    workflow("start > a")
}

fn requested() -> Event {
    Event::RunRequested {
        trigger: NodeIndex(0),
        input: list(1, 1),
        plan: monshyflow_engine::Plan::default(),
    }
}

fn with_key(house: &House, key: &str) -> NewRun {
    NewRun {
        idempotency_key: Some(key.to_owned()),
        ..house.new_run()
    }
}

#[tokio::test]
async fn a_copy_is_accepted_as_a_whole() {
    let house = House::new().await;
    let journal = house.journal();
    let appender = journal.begin_copy(&acme(), house.new_run(), graph());
    let run = appender.run_id();
    for event in [requested(), Event::RunStarted] {
        appender.record(&event).unwrap();
        appender.room().await.unwrap();
        appender.flush().await.unwrap();
    }
    // Longer than events wait for more of them.
    tokio::time::sleep(std::time::Duration::from_millis(120)).await;
    assert!(matches!(journal.run(&acme(), run).await, Err(Error::NotFound)));
    assert_eq!(journal.recoverable().await.unwrap(), []);
    appender.accept().await.unwrap();
    assert_eq!(journal.run(&acme(), run).await.unwrap().status, Status::Running);
    assert_eq!(journal.events(&acme(), run, 0).await.unwrap().len(), 2);
    appender.record(&Event::RunSucceeded).unwrap();
    assert_eq!(appender.finish().await.unwrap().status, Status::Succeeded);
}

#[tokio::test]
async fn a_run_is_accepted_by_its_first_flush() {
    let house = House::new().await;
    let journal = house.journal();
    let appender = journal.begin_deferred(&acme(), house.new_run(), graph());
    let run = appender.run_id();
    for event in [requested(), Event::RunStarted, Event::RunSucceeded] {
        appender.record(&event).unwrap();
        house.time.advance_millis(5);
    }
    assert!(matches!(journal.run(&acme(), run).await, Err(Error::NotFound)));
    assert!(matches!(
        journal.events(&acme(), run, 0).await,
        Err(Error::NotFound)
    ));
    assert!(matches!(
        journal.tail(&acme(), run, 0).await.map(drop),
        Err(Error::NotFound)
    ));
    let doc = appender.finish().await.unwrap();
    assert_eq!(journal.run(&acme(), run).await.unwrap(), doc);
    let millis = |at: Option<jiff::Timestamp>| at.unwrap().as_millisecond() - doc.created_at.as_millisecond();
    assert_eq!(
        (doc.status, millis(doc.started_at), millis(doc.finished_at)),
        (Status::Succeeded, 5, 10)
    );
    // All of it was one entry and one document at its first version.
    let entries = house
        .store
        .read_log(
            &acme(),
            monshyflow_journal::Journal::LOGS[0],
            &run.to_string(),
            0,
            1,
        )
        .await;
    assert_eq!(entries.unwrap().len(), 1);
    let runs = monshyflow_journal::Journal::COLLECTIONS[0];
    assert_eq!(
        house
            .store
            .get(&acme(), runs, &run.to_string())
            .await
            .unwrap()
            .unwrap()
            .version,
        1
    );
}

#[tokio::test]
async fn a_run_that_is_dropped_before_was_never_there() {
    let house = House::new().await;
    let journal = house.journal();
    let appender = journal.begin_deferred(&acme(), house.new_run(), graph());
    appender.record(&requested()).unwrap();
    let run = appender.run_id();
    drop(appender);
    tokio::time::sleep(std::time::Duration::from_millis(80)).await;
    assert!(matches!(journal.run(&acme(), run).await, Err(Error::NotFound)));
    assert_eq!(house.journal().recoverable().await.unwrap(), []);
}

#[tokio::test]
async fn one_key_starts_one_run_a_day() {
    let house = House::new().await;
    let journal = house.journal();
    let first = journal.begin_deferred(&acme(), with_key(&house, "k"), graph());
    let second = journal.begin_deferred(&acme(), with_key(&house, "k"), graph());
    for appender in [&first, &second] {
        appender.record(&requested()).unwrap();
    }
    first.flush().await.unwrap();
    let refused = second.flush().await;
    assert!(
        matches!(refused, Err(Error::Duplicate { existing }) if existing == first.run_id()),
        "{refused:?}"
    );
    // It stays refused, and left nothing.
    assert!(matches!(
        second.record(&Event::RunStarted),
        Err(Error::Duplicate { .. })
    ));
    let log = monshyflow_journal::Journal::LOGS[0];
    assert_eq!(
        house
            .store
            .last_index(&acme(), log, &second.run_id().to_string())
            .await
            .unwrap(),
        None
    );
    let found = journal
        .by_idempotency_key(&acme(), workflow_id(1), "k")
        .await
        .unwrap();
    assert_eq!(found.map(|(run, _)| run), Some(first.run_id()));

    house.time.advance_millis(DAY - 1);
    let early = journal
        .begin_durable(&acme(), with_key(&house, "k"), graph(), &[requested()])
        .await;
    assert!(matches!(early, Err(Error::Duplicate { .. })), "{early:?}");
    house.time.advance_millis(1);
    assert_eq!(
        journal
            .by_idempotency_key(&acme(), workflow_id(1), "k")
            .await
            .unwrap(),
        None
    );
    let later = journal
        .begin_durable(&acme(), with_key(&house, "k"), graph(), &[requested()])
        .await
        .unwrap();
    let found = journal
        .by_idempotency_key(&acme(), workflow_id(1), "k")
        .await
        .unwrap();
    assert_eq!(found.map(|(run, _)| run), Some(later.run_id()));
}

#[tokio::test(flavor = "multi_thread")]
async fn of_many_with_one_key_one_is_accepted() {
    let house = House::new().await;
    let journal = house.journal();
    let starts = (0..30).map(|_| {
        let (journal, new) = (journal.clone(), with_key(&house, "k"));
        tokio::spawn(async move { journal.create(&acme(), new, graph(), &[requested()]).await })
    });
    let mut accepted = 0;
    for start in starts.collect::<Vec<_>>() {
        match start.await.unwrap() {
            Ok(()) => accepted += 1,
            Err(error) => assert!(matches!(error, Error::Duplicate { .. }), "{error}"),
        }
    }
    assert_eq!(accepted, 1);
    // Other workflows and tenants have their own keys.
    let other = NewRun {
        workflow_id: workflow_id(2),
        ..with_key(&house, "k")
    };
    journal
        .create(&acme(), other, graph(), &[requested()])
        .await
        .unwrap();
    let tenant = crate::support::house::tenant("other");
    journal
        .create(&tenant, with_key(&house, "k"), graph(), &[requested()])
        .await
        .unwrap();
}
