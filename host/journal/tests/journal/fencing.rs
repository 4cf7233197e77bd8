use std::sync::Arc;

use monshyflow_engine::{CancelReason, Cost, Event, LogLevel, StepError, StepId};
use monshyflow_journal::{Appender, Error, Journal, RunError, Status};
use monshyflow_workflow::{NodeIndex, PortIndex, Workflow};

use crate::support::graph::workflow;
use crate::support::house::{House, acme, list, tenant};

fn graph() -> Arc<Workflow> {
    workflow("start > a")
}

async fn begun(house: &House, journal: &Journal) -> Appender {
    let events = [
        Event::RunRequested {
            trigger: NodeIndex(0),
            input: list(1, 1),
            plan: monshyflow_engine::Plan::default(),
        },
        Event::RunStarted,
    ];
    journal
        .begin_durable(&acme(), house.new_run(), graph(), &events)
        .await
        .unwrap()
}

fn log() -> Event {
    let step = StepId {
        node: NodeIndex(0),
        iteration: Vec::new(),
        attempt: 1,
    };
    Event::Log {
        step,
        level: LogLevel::Info,
        message: String::new(),
    }
}

#[tokio::test]
async fn the_old_holder_loses() {
    let house = House::new().await;
    let (old, new) = (house.journal(), house.journal());
    let late = begun(&house, &old).await;
    late.record(&log()).unwrap();
    let held = new.take_over(&acme(), late.run_id()).await.unwrap();
    assert!(matches!(late.flush().await, Err(Error::LostLease)));
    assert!(matches!(late.record(&log()), Err(Error::LostLease)));
    assert!(matches!(late.renew().await, Err(Error::LostLease)));
    let (appender, run, _) = held.load(graph()).await.unwrap();
    assert!(!run.is_finished());
    // What the old holder had not made durable never was.
    assert_eq!(
        appender
            .record(&Event::RunCancelled {
                reason: CancelReason::Requested
            })
            .unwrap(),
        3
    );
    assert_eq!(appender.finish().await.unwrap().fence, 2);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_history_has_one_writer_at_a_time() {
    let house = House::new().await;
    let late = begun(&house, &house.journal()).await;
    let run = late.run_id();
    let busy = tokio::spawn(async move {
        let mut durable = 0;
        loop {
            let Ok(seq) = late.record(&log()) else {
                return durable;
            };
            if late.flush().await.is_err() {
                return durable;
            }
            durable = seq;
        }
    });
    let mut last = None;
    for _ in 0..5 {
        tokio::time::sleep(std::time::Duration::from_millis(30)).await;
        let (appender, ..) = house
            .journal()
            .take_over(&acme(), run)
            .await
            .unwrap()
            .load(graph())
            .await
            .unwrap();
        for _ in 0..3 {
            appender.record(&log()).unwrap();
            appender.flush().await.unwrap();
        }
        last = Some(appender);
    }
    let durable = busy.await.unwrap();
    assert!(durable > 2, "the first holder wrote nothing");
    let last = last.unwrap();
    last.record(&Event::RunSucceeded).unwrap();
    last.finish().await.unwrap();
    let events = house.journal().events(&acme(), run, 0).await.unwrap();
    assert_eq!(
        events.iter().map(|event| event.seq).collect::<Vec<_>>(),
        (1..=durable + 16).collect::<Vec<_>>()
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn of_many_that_take_over_at_once_the_others_learn_it() {
    let house = House::new().await;
    let run = begun(&house, &house.journal()).await.run_id();
    let takers = (0..8).map(|_| {
        let journal = house.journal();
        tokio::spawn(async move {
            let (appender, ..) = journal.take_over(&acme(), run).await?.load(graph()).await?;
            appender.record(&Event::RunSucceeded)?;
            appender.finish().await
        })
    });
    let mut finished = 0;
    for taker in takers.collect::<Vec<_>>() {
        match taker.await.unwrap() {
            Ok(_) => finished += 1,
            Err(Error::LostLease) => {}
            Err(error) => panic!("{error}"),
        }
    }
    assert_eq!(finished, 1);
    let events = house.journal().events(&acme(), run, 0).await.unwrap();
    assert_eq!(events.iter().filter(|event| event.terminal).count(), 1);
}

#[tokio::test]
async fn whoever_took_over_before_cannot_go_on_behind() {
    let house = House::new().await;
    let run = begun(&house, &house.journal()).await.run_id();
    let first = house.journal().take_over(&acme(), run).await.unwrap();
    let second = house.journal().take_over(&acme(), run).await.unwrap();
    assert!(matches!(first.load(graph()).await, Err(Error::LostLease)));
    let error = StepError {
        code: "x".to_owned(),
        message: String::new(),
        retryable: false,
        retry_after_ms: None,
        details: None,
    };
    assert!(matches!(first.fail(&error).await, Err(Error::LostLease)));
    let (appender, ..) = second.load(graph()).await.unwrap();
    appender.record(&Event::RunSucceeded).unwrap();
    appender.finish().await.unwrap();
    house.journal().load_run(&acme(), run, &graph()).await.unwrap();
}

#[tokio::test]
async fn runs_that_nobody_holds_are_found() {
    let house = House::new().await;
    let old = house.journal();
    let running = begun(&house, &old).await;
    let queued = house.new_run();
    let queued_id = queued.id;
    let requested = Event::RunRequested {
        trigger: NodeIndex(0),
        input: list(1, 1),
        plan: monshyflow_engine::Plan::default(),
    };
    old.create(&tenant("other"), queued, graph(), &[requested])
        .await
        .unwrap();
    let ended = begun(&house, &old).await;
    ended.record(&Event::RunSucceeded).unwrap();
    ended.finish().await.unwrap();

    let found = |open: Vec<(_, _, _)>| open.into_iter().map(|(_, run, _)| run).collect::<Vec<_>>();
    assert_eq!(found(old.recoverable().await.unwrap()), [queued_id]);
    let new = house.journal();
    assert_eq!(
        found(new.recoverable().await.unwrap()),
        [queued_id, running.run_id()]
    );
    let held = new.take_over(&tenant("other"), queued_id).await.unwrap();
    assert_eq!(held.doc().status, Status::Queued);
    assert_eq!(found(new.recoverable().await.unwrap()), [running.run_id()]);
    held.release().await.unwrap();
    assert_eq!(found(new.recoverable().await.unwrap()).len(), 2);
    assert!(matches!(
        new.take_over(&acme(), queued_id).await.map(drop),
        Err(Error::NotFound)
    ));
}

#[tokio::test]
async fn leases_end_unless_they_are_renewed() {
    let house = House::new().await;
    let (one, other) = (
        house.journal().with_lease_ms(1_000),
        house.journal().with_lease_ms(1_000),
    );
    let appender = begun(&house, &one).await;
    house.time.advance_millis(900);
    appender.renew().await.unwrap();
    house.time.advance_millis(900);
    assert_eq!(other.recoverable().await.unwrap(), []);
    house.time.advance_millis(200);
    assert_eq!(other.recoverable().await.unwrap().len(), 1);
    appender.renew().await.unwrap();
    assert_eq!(other.recoverable().await.unwrap(), []);
    appender.record(&log()).unwrap();
    appender.release().await.unwrap();
    assert!(matches!(appender.record(&log()), Err(Error::Misuse(_))));
    house.time.advance_millis(1);
    let (tenant, run, doc) = other.recoverable().await.unwrap().remove(0);
    assert_eq!(doc.lease_owner, None);
    let (appender, ..) = other
        .take_over(&tenant, run)
        .await
        .unwrap()
        .load(graph())
        .await
        .unwrap();
    assert_eq!(appender.record(&log()).unwrap(), 4);
}

#[tokio::test]
async fn a_run_whose_workflow_is_gone_can_be_failed() {
    let house = House::new().await;
    let appender = begun(&house, &house.journal()).await;
    let run = appender.run_id();
    let step = |node| StepId {
        node: NodeIndex(node),
        iteration: Vec::new(),
        attempt: 1,
    };
    let (outputs, cost) = (vec![(PortIndex(0), list(1, 1))], Cost::default());
    for event in [
        Event::StepStarted { step: step(0) },
        Event::StepSucceeded {
            step: step(0),
            outputs,
            variables: Vec::new(),
            response: None,
            cost,
        },
        Event::StepStarted { step: step(1) },
    ] {
        appender.record(&event).unwrap();
    }
    appender.flush().await.unwrap();
    let journal = house.journal();
    let error = StepError {
        code: "workflow-gone".to_owned(),
        message: "the workflow is not there any more".to_owned(),
        retryable: false,
        retry_after_ms: None,
        details: None,
    };
    let doc = journal
        .take_over(&acme(), run)
        .await
        .unwrap()
        .fail(&error)
        .await
        .unwrap();
    let expected = RunError {
        code: error.code.clone(),
        message: error.message.clone(),
        node: None,
    };
    assert_eq!((doc.status, doc.error), (Status::Failed, Some(expected)));
    let state = journal.load_run(&acme(), run, &graph()).await.unwrap();
    assert_eq!(state.error(), Some((None, &error)));
    assert_eq!(journal.recoverable().await.unwrap(), []);
}

/// As after a back-end that stopped between the log and the document.
#[tokio::test]
async fn a_document_that_missed_the_end_is_put_right() {
    let house = House::new().await;
    let appender = begun(&house, &house.journal()).await;
    let run = appender.run_id();
    let entry = r#"{"v":1,"fence":1,"events":[{"seq":3,"at":"2026-01-01T00:00:01.000Z","type":"run-cancelled","reason":"debounced"}]}"#;
    house
        .store
        .append(&acme(), Journal::LOGS[0], &run.to_string(), 1, entry.into())
        .await
        .unwrap();
    let (appender, state, _) = house
        .journal()
        .take_over(&acme(), run)
        .await
        .unwrap()
        .load(graph())
        .await
        .unwrap();
    assert!(state.is_finished());
    let doc = appender.finish().await.unwrap();
    assert_eq!(doc.status, Status::Cancelled);
    assert_eq!(doc.cancel_reason.as_deref(), Some("debounced"));
    assert_eq!(doc.finished_at, "2026-01-01T00:00:01Z".parse().ok());
    assert_eq!(house.journal().run(&acme(), run).await.unwrap(), doc);
}

#[tokio::test]
async fn damage_is_named() {
    let house = House::new().await;
    let run = begun(&house, &house.journal()).await.run_id();
    let journal = house.journal();
    for (index, entry, what) in [
        (1, r#"{"v":2,"fence":1,"events":[]}"#, "version 2"),
        (
            1,
            r#"{"v":1,"fence":1,"events":[{"seq":4,"at":"","type":"run-started"}]}"#,
            "event 3 is missing",
        ),
        (
            1,
            r#"{"v":1,"fence":1,"events":[{"seq":3,"at":"","type":"x"}]}"#,
            "unknown type `x`",
        ),
        (
            1,
            r#"{"v":1,"fence":1,"events":[{"seq":3,"at":"","type":"log"}]}"#,
            "without `",
        ),
        (
            1,
            r#"{"v":1,"fence":1,"events":[{"seq":3,"at":"","type":"run-failed","node":"b"}]}"#,
            "no node `b`",
        ),
        (1, r#"{"v":1,"fence":0,"events":[]}"#, "lost the run"),
        (2, r#"{"v":1,"fence":1,"events":[]}"#, "batch 1 is missing"),
        (1, "nonsense", "a batch of events"),
    ] {
        let (log, stream) = (Journal::LOGS[0], run.to_string());
        house
            .store
            .append(&acme(), log, &stream, index, entry.into())
            .await
            .unwrap();
        let error = journal.load_run(&acme(), run, &graph()).await.unwrap_err();
        assert!(
            matches!(&error, Error::Damaged(why) if why.contains(what)),
            "{entry}: {error}"
        );
        let first = house
            .store
            .read_log(&acme(), log, &stream, 0, 1)
            .await
            .unwrap()
            .remove(0);
        house.store.delete_log(&acme(), log, &stream).await.unwrap();
        house
            .store
            .append(&acme(), log, &stream, 0, first.bytes)
            .await
            .unwrap();
    }
}

#[tokio::test]
async fn a_run_whose_history_is_damaged_can_be_failed() {
    let house = House::new().await;
    let run = begun(&house, &house.journal()).await.run_id();
    house
        .store
        .append(&acme(), Journal::LOGS[0], &run.to_string(), 1, "nonsense".into())
        .await
        .unwrap();
    let journal = house.journal();
    let held = journal.take_over(&acme(), run).await.unwrap();
    assert!(matches!(held.load(graph()).await, Err(Error::Damaged(_))));
    let error = StepError {
        code: "history-damaged".to_owned(),
        message: "the history cannot be read".to_owned(),
        retryable: false,
        retry_after_ms: None,
        details: None,
    };
    assert_eq!(held.fail(&error).await.unwrap().status, Status::Failed);
    assert_eq!(journal.recoverable().await.unwrap(), []);
}
