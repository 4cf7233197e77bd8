use futures::{FutureExt, StreamExt};
use monshyflow_engine::{CancelReason, Event};
use monshyflow_ids::RunId;
use monshyflow_journal::{Error, Journal, NewRun, Notice, RunFilter, RunNotice, Status};
use monshyflow_workflow::NodeIndex;

use crate::support::graph::workflow;
use crate::support::house::{House, acme, list, tenant, workflow_id};

/// A run that ended, or with `None` one that runs.
async fn a_run(
    house: &House,
    journal: &Journal,
    workflow_number: u64,
    trigger: &str,
    end: Option<Event>,
) -> RunId {
    house.time.advance_millis(10);
    let new = NewRun {
        workflow_id: workflow_id(workflow_number),
        trigger: trigger.to_owned(),
        ..house.new_run()
    };
    let events = [
        Event::RunRequested {
            trigger: NodeIndex(0),
            input: list(1, 1),
            plan: monshyflow_engine::Plan::default(),
        },
        Event::RunStarted,
    ];
    let appender = journal
        .begin_durable(&acme(), new, workflow("start > a"), &events)
        .await
        .unwrap();
    if let Some(end) = end {
        appender.record(&end).unwrap();
        appender.finish().await.unwrap();
    }
    appender.run_id()
}

#[tokio::test]
async fn runs_are_listed_by_what_they_are() {
    let house = House::new().await;
    let journal = house.journal();
    let mut runs = Vec::new();
    for number in 0..12 {
        let end = (number % 2 == 0).then_some(Event::RunSucceeded);
        let trigger = if number % 3 == 0 { "webhook" } else { "manual" };
        runs.push(a_run(&house, &journal, number % 4, trigger, end).await);
    }
    let since = journal.run(&acme(), runs[6]).await.unwrap().created_at;
    let filters = [
        (RunFilter::default(), vec![11, 10, 9, 8, 7, 6, 5, 4, 3, 2, 1, 0]),
        (
            RunFilter {
                workflow_id: Some(workflow_id(1)),
                ..RunFilter::default()
            },
            vec![9, 5, 1],
        ),
        (
            RunFilter {
                status: Some(Status::Succeeded),
                ..RunFilter::default()
            },
            vec![10, 8, 6, 4, 2, 0],
        ),
        (
            RunFilter {
                workflow_id: Some(workflow_id(3)),
                status: Some(Status::Running),
                ..RunFilter::default()
            },
            vec![11, 7, 3],
        ),
        (
            RunFilter {
                status: Some(Status::Failed),
                ..RunFilter::default()
            },
            vec![],
        ),
        (
            RunFilter {
                trigger: Some("webhook".to_owned()),
                ..RunFilter::default()
            },
            vec![9, 6, 3, 0],
        ),
        (
            RunFilter {
                since: Some(since),
                ..RunFilter::default()
            },
            vec![11, 10, 9, 8, 7, 6],
        ),
        (
            RunFilter {
                since: Some(since),
                workflow_id: Some(workflow_id(2)),
                ..RunFilter::default()
            },
            vec![10, 6],
        ),
    ];
    for (filter, expected) in filters {
        let expected: Vec<RunId> = expected.into_iter().map(|number| runs[number]).collect();
        for limit in [0, 1, 2, 5] {
            let (mut found, mut cursor) = (Vec::new(), None);
            loop {
                let page = journal
                    .runs(
                        &acme(),
                        RunFilter {
                            limit,
                            cursor,
                            ..filter.clone()
                        },
                    )
                    .await
                    .unwrap();
                assert!(limit == 0 || page.items.len() <= limit);
                found.extend(page.items.into_iter().map(|(run, _)| run));
                cursor = page.next;
                if cursor.is_none() {
                    break;
                }
            }
            assert_eq!(found, expected, "{filter:?}");
        }
        assert_eq!(journal.runs(&tenant("other"), filter).await.unwrap().items, []);
    }
    let bad = RunFilter {
        cursor: Some("00".to_owned()),
        ..RunFilter::default()
    };
    assert!(matches!(journal.runs(&acme(), bad).await, Err(Error::BadCursor)));
}

#[tokio::test]
async fn runs_are_deleted_with_all_they_had() {
    let house = House::new().await;
    let journal = house.journal();
    let new = house.new_run();
    let run = new.id;
    let appender = journal.begin_deferred(&acme(), new, workflow("start > a"));
    let input = appender.store_list(list(3, 100_000)).await.unwrap();
    let segment = input.segments()[0].clone();
    appender
        .record(&Event::RunRequested {
            trigger: NodeIndex(0),
            input,
            plan: monshyflow_engine::Plan::default(),
        })
        .unwrap();
    appender.flush().await.unwrap();
    assert!(matches!(
        journal.delete_run(&acme(), run).await,
        Err(Error::StillOpen)
    ));
    appender
        .record(&Event::RunCancelled {
            reason: CancelReason::Requested,
        })
        .unwrap();
    appender.finish().await.unwrap();
    assert!(matches!(
        journal.delete_run(&tenant("other"), run).await,
        Err(Error::NotFound)
    ));
    journal.delete_run(&acme(), run).await.unwrap();
    assert!(matches!(
        journal.delete_run(&acme(), run).await,
        Err(Error::NotFound)
    ));
    assert!(matches!(
        journal.events(&acme(), run, 0).await,
        Err(Error::NotFound)
    ));
    assert_eq!(
        house
            .store
            .last_index(&acme(), Journal::LOGS[0], &run.to_string())
            .await
            .unwrap(),
        None
    );
    let mut forgotten = monshyflow_items::ItemList::from_segments(vec![segment]);
    forgotten.forget_stored();
    let gone = journal.load_segment(&acme(), &forgotten.segments()[0]).await;
    assert!(matches!(gone, Err(Error::Damaged(_))), "{gone:?}");
}

#[tokio::test]
async fn notices_tell_of_starts_and_ends_of_own_runs() {
    let house = House::new().await;
    let journal = house.journal();
    let (mut mine, mut others) = (journal.notices(&acme()), journal.notices(&tenant("other")));
    let running = a_run(&house, &journal, 1, "manual", None).await;
    let ended = a_run(&house, &journal, 2, "manual", Some(Event::RunTimedOut)).await;
    let deferred = journal.begin_deferred(&acme(), house.new_run(), workflow("start > a"));
    for event in [
        Event::RunRequested {
            trigger: NodeIndex(0),
            input: list(1, 1),
            plan: monshyflow_engine::Plan::default(),
        },
        Event::RunStarted,
        Event::RunSucceeded,
    ] {
        deferred.record(&event).unwrap();
    }
    assert_eq!(
        mine.next().now_or_never().flatten(),
        notice(running, 1, Status::Running)
    );
    deferred.finish().await.unwrap();
    for expected in [
        notice(ended, 2, Status::Running),
        notice(ended, 2, Status::TimedOut),
        notice(deferred.run_id(), 1, Status::Running),
        notice(deferred.run_id(), 1, Status::Succeeded),
    ] {
        assert_eq!(mine.next().now_or_never().flatten(), expected);
    }
    assert_eq!(mine.next().now_or_never(), None);
    assert_eq!(others.next().now_or_never(), None);
}

fn notice(run: RunId, workflow_number: u64, status: Status) -> Option<Notice> {
    Some(Notice::Run(RunNotice {
        run,
        workflow_id: workflow_id(workflow_number),
        status,
    }))
}
