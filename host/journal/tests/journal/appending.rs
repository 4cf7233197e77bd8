use std::time::Duration;

use monshyflow_engine::{CancelReason, Event, LogLevel, StepId};
use monshyflow_items::ItemList;
use monshyflow_journal::{Appender, Error, Status};
use monshyflow_workflow::NodeIndex;

use crate::support::graph::workflow;
use crate::support::house::{House, acme, list};

fn log(message: String) -> Event {
    let step = StepId {
        node: NodeIndex(0),
        iteration: vec![2, 0],
        attempt: 1,
    };
    Event::Log {
        step,
        level: LogLevel::Info,
        message,
    }
}

async fn begun(house: &House) -> Appender {
    let events = [
        Event::RunRequested {
            trigger: NodeIndex(0),
            input: list(1, 1),
            plan: monshyflow_engine::Plan::default(),
        },
        Event::RunStarted,
    ];
    let workflow = workflow("start > a");
    house
        .journal()
        .begin_durable(&acme(), house.new_run(), workflow, &events)
        .await
        .unwrap()
}

async fn entries(house: &House, appender: &Appender) -> usize {
    let (log, run) = (
        monshyflow_journal::Journal::LOGS[0],
        appender.run_id().to_string(),
    );
    house
        .store
        .read_log(&acme(), log, &run, 0, usize::MAX)
        .await
        .unwrap()
        .len()
}

#[tokio::test(flavor = "multi_thread")]
async fn numbers_have_no_gaps_whoever_records() {
    let house = House::new().await;
    let appender = begun(&house).await;
    let recorders = (0..10).map(|recorder| {
        let appender = appender.clone();
        tokio::spawn(async move {
            let mut last = 0;
            for number in 0..100 {
                let seq = appender.record(&log(format!("{recorder}"))).unwrap();
                assert!(seq > last);
                last = seq;
                if number % 7 == 0 {
                    appender.flush().await.unwrap();
                }
            }
        })
    });
    for recorder in recorders.collect::<Vec<_>>() {
        recorder.await.unwrap();
    }
    assert_eq!(appender.record(&Event::RunSucceeded).unwrap(), 1_003);
    let doc = appender.finish().await.unwrap();
    assert_eq!(doc.status, Status::Succeeded);
    let events = house
        .journal()
        .events(&acme(), appender.run_id(), 0)
        .await
        .unwrap();
    assert_eq!(
        events.iter().map(|event| event.seq).collect::<Vec<_>>(),
        (1..=1_003).collect::<Vec<_>>()
    );
}

#[tokio::test]
async fn one_batch_serves_all_who_flush() {
    let house = House::new().await;
    let appender = begun(&house).await;
    for number in 0..10 {
        appender.record(&log(number.to_string())).unwrap();
    }
    let flushes = futures::future::join_all((0..10).map(|_| appender.flush())).await;
    assert!(flushes.iter().all(Result::is_ok));
    appender.flush().await.unwrap();
    assert_eq!(
        house
            .journal()
            .events(&acme(), appender.run_id(), 0)
            .await
            .unwrap()
            .len(),
        12
    );
    assert_eq!(entries(&house, &appender).await, 2);
}

#[tokio::test(flavor = "multi_thread")]
async fn what_waits_is_written_in_the_background() {
    let house = House::new().await;
    let appender = begun(&house).await;
    for message in ["a", "b", "c"] {
        appender.record(&log(message.to_owned())).unwrap();
    }
    assert_eq!(entries(&house, &appender).await, 1);
    wait_for_events(&house, &appender, 5).await;
    assert_eq!(entries(&house, &appender).await, 2);
}

#[tokio::test(flavor = "multi_thread")]
async fn much_is_cut_into_batches_and_room_waits_for_the_disk() {
    let house = House::new().await;
    let appender = begun(&house).await;
    for _ in 0..100 {
        appender.room().await.unwrap();
        appender.record(&log("x".repeat(300 << 10))).unwrap();
    }
    appender.record(&log("y".repeat(5 << 20))).unwrap();
    appender.flush().await.unwrap();
    assert!(entries(&house, &appender).await >= 12);
    let refused = appender.record(&log("z".repeat(13 << 20)));
    assert!(matches!(refused, Err(Error::TooLarge { .. })), "{refused:?}");
    // That one event is refused; the run goes on.
    assert_eq!(appender.record(&log(String::new())).unwrap(), 104);
    wait_for_events(&house, &appender, 104).await;
}

async fn wait_for_events(house: &House, appender: &Appender, count: usize) {
    for _ in 0..1_000 {
        if house
            .journal()
            .events(&acme(), appender.run_id(), 0)
            .await
            .unwrap()
            .len()
            >= count
        {
            return;
        }
        tokio::time::sleep(Duration::from_millis(10)).await;
    }
    panic!("{count} events were not written within 10 s");
}

#[tokio::test]
async fn nothing_follows_the_end() {
    let house = House::new().await;
    let appender = begun(&house).await;
    assert!(matches!(appender.finish().await, Err(Error::Misuse(_))));
    appender
        .record(&Event::RunCancelled {
            reason: CancelReason::Requested,
        })
        .unwrap();
    assert!(matches!(
        appender.record(&log(String::new())),
        Err(Error::Misuse(_))
    ));
    let doc = appender.finish().await.unwrap();
    assert_eq!((doc.status, doc.lease_owner), (Status::Cancelled, None));
    assert_eq!(appender.finish().await.unwrap(), doc);
    assert!(matches!(
        house.journal().take_over(&acme(), appender.run_id()).await,
        Err(Error::LostLease)
    ));
}

#[tokio::test]
async fn lists_that_are_stored_in_part_are_refused() {
    let house = House::new().await;
    let appender = begun(&house).await;
    let stored = appender.store_list(list(3, 100_000)).await.unwrap();
    let mut mixed = stored.clone();
    mixed.append(&list(1, 1));
    let requested = |input: ItemList| Event::RunRequested {
        trigger: NodeIndex(0),
        input,
        plan: monshyflow_engine::Plan::default(),
    };
    assert!(matches!(
        appender.record(&requested(mixed.clone())),
        Err(Error::Misuse(_))
    ));
    let mixed = appender.store_list(mixed).await.unwrap();
    appender.record(&requested(mixed)).unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn a_store_that_is_full_for_a_while_loses_nothing() {
    let house = House::of_size(2 << 20).await;
    let appender = begun(&house).await;
    let log_of_others = monshyflow_journal::Journal::LOGS[0];
    house
        .store
        .append(&acme(), log_of_others, "filler", 0, vec![0; 1 << 20].into())
        .await
        .unwrap();
    appender
        .record(&log(format!("one{}", " ".repeat(1 << 20))))
        .unwrap();
    let refused = appender.flush().await;
    assert!(matches!(refused, Err(Error::Unavailable(_))), "{refused:?}");
    appender.record(&log("two".to_owned())).unwrap();
    assert!(matches!(appender.flush().await, Err(Error::Unavailable(_))));
    house
        .store
        .delete_log(&acme(), log_of_others, "filler")
        .await
        .unwrap();
    appender.record(&Event::RunSucceeded).unwrap();
    appender.finish().await.unwrap();
    let events = house
        .journal()
        .events(&acme(), appender.run_id(), 0)
        .await
        .unwrap();
    assert_eq!(events.len(), 5);
    assert!(events[2].json.contains("one") && events[3].json.contains("two"));
}

/// What failed before is written again first, and then what came after, also if that is the lease alone.
#[tokio::test(flavor = "multi_thread")]
async fn a_run_can_be_let_go_after_the_store_was_full() {
    let house = House::of_size(2 << 20).await;
    let appender = begun(&house).await;
    let log_of_others = monshyflow_journal::Journal::LOGS[0];
    let filler = vec![0; 1 << 20].into();
    house
        .store
        .append(&acme(), log_of_others, "filler", 0, filler)
        .await
        .unwrap();
    appender.record(&log(" ".repeat(1 << 20))).unwrap();
    assert!(matches!(appender.flush().await, Err(Error::Unavailable(_))));
    house
        .store
        .delete_log(&acme(), log_of_others, "filler")
        .await
        .unwrap();
    appender.release().await.unwrap();
    let doc = house.journal().run(&acme(), appender.run_id()).await.unwrap();
    assert_eq!((doc.status, doc.lease_owner), (Status::Running, None));
    assert_eq!(
        house
            .journal()
            .events(&acme(), appender.run_id(), 0)
            .await
            .unwrap()
            .len(),
        3
    );
}

/// A write whose answer nobody waited for is found to be done.
#[tokio::test(flavor = "multi_thread")]
async fn a_flush_may_be_dropped_at_any_point() {
    let house = House::new().await;
    for patience in 0..40 {
        let appender = house
            .journal()
            .begin_deferred(&acme(), house.new_run(), workflow("start > a"));
        appender
            .record(&Event::RunRequested {
                trigger: NodeIndex(0),
                input: list(1, 1),
                plan: monshyflow_engine::Plan::default(),
            })
            .unwrap();
        tokio::time::timeout(Duration::from_micros(patience * 50), appender.flush())
            .await
            .ok();
        appender.record(&Event::RunStarted).unwrap();
        tokio::time::timeout(Duration::from_micros(patience * 50), appender.flush())
            .await
            .ok();
        appender.record(&Event::RunSucceeded).unwrap();
        let doc = appender.finish().await.unwrap();
        assert_eq!(
            house.journal().run(&acme(), appender.run_id()).await.unwrap(),
            doc
        );
        let events = house
            .journal()
            .events(&acme(), appender.run_id(), 0)
            .await
            .unwrap();
        assert_eq!(
            events.iter().map(|event| event.seq).collect::<Vec<_>>(),
            [1, 2, 3]
        );
    }
}
