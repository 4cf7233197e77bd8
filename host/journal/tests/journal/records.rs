//! What is recorded comes back as it was, for any run and wherever a process dies in it.

use monshyflow_engine::Run;
use monshyflow_items::ItemList;
use monshyflow_journal::Error;
use proptest::prelude::*;

use crate::support::graph::workflow;
use crate::support::house::{House, acme, list};
use crate::support::player::{Dice, Player};

const GRAPHS: [&str; 6] = [
    "start > a",
    "start > a; a > b; b > c; a: retry",
    "start > if; if > a; if.false > b; a > c; b > c; b: disabled",
    "start > a, b, c; a > d; b > d; c > d; a: continue; b: continue retry",
    "start > a; a > b; a.error > c; b > d; c > d; a: port retry",
    "start > if; if > if2; if.false > a; if2 > b; if2.false > a; a > c; b > c; c > d; a: retry continue; c: disabled",
];

proptest! {
    #![proptest_config(ProptestConfig { cases: 48, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn runs_come_back_as_they_were(seed in any::<u64>()) {
        let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build().unwrap();
        runtime.block_on(async {
            let house = House::new().await;
            for round in 0..6 {
                play(&house, seed.wrapping_add(round)).await;
            }
        });
    }
}

/// Plays a run in which processes die now and then; whatever was not flushed is lost with them.
async fn play(house: &House, seed: u64) {
    let mut dice = Dice(seed);
    let workflow = workflow(GRAPHS[dice.below(GRAPHS.len())]);
    let new = house.new_run();
    let id = new.id;
    let input = if dice.one_in(3) {
        list(5, 50_000)
    } else {
        list(dice.below(4), 10)
    };
    let journal = house.journal();
    let appender = journal.begin_deferred(&acme(), new, workflow.clone());
    let mut player = Player::new(&journal, appender, Run::new(), workflow.clone(), seed);
    player.begin(input).await.unwrap();
    player.appender.flush().await.unwrap();
    while !player.run.is_finished() {
        player.play_one().await.unwrap();
        house.time.advance_millis(1);
        if dice.one_in(3) {
            player.appender.flush().await.unwrap();
        }
        if dice.one_in(6) {
            // The process dies. What it did not flush may still be there, if the background was faster.
            drop(player);
            let journal = house.journal();
            let held = loop {
                let open = journal.recoverable().await.unwrap();
                let Some((tenant, run, _)) = open.into_iter().find(|(_, run, _)| *run == id) else {
                    assert!(journal.run(&acme(), id).await.unwrap().status.is_terminal());
                    return;
                };
                match journal.take_over(&tenant, run).await {
                    Ok(held) => break held,
                    // A write of the dead one that was on its way came in between.
                    Err(Error::LostLease) => {}
                    Err(error) => panic!("{error}"),
                }
            };
            let (appender, loaded, _) = held.load(workflow.clone()).await.unwrap();
            player = Player::new(&journal, appender, loaded, workflow.clone(), dice.0);
            player.go_on().unwrap();
        }
    }
    let doc = player.appender.finish().await.unwrap();
    assert_eq!(doc.status, player.run.status().into());
    assert_eq!(journal.run(&acme(), id).await.unwrap(), doc);
    let loaded = house.journal().load_run(&acme(), id, &workflow).await.unwrap();
    assert_eq!(loaded, player.run);
    assert_same_items(house, &player.run, &loaded, &workflow).await;
    check_texts(house, id).await;
}

/// Equal lists may rest under the same key; this compares the items there too.
async fn assert_same_items(
    house: &House,
    played: &Run,
    loaded: &Run,
    workflow: &monshyflow_workflow::Workflow,
) {
    let journal = house.journal();
    for node in workflow.indices() {
        let (played, loaded) = (
            played.outputs(node).unwrap_or(&[]),
            loaded.outputs(node).unwrap_or(&[]),
        );
        for ((_, played), (_, loaded)) in played.iter().zip(loaded) {
            let played: ItemList = journal.load_list(&acme(), played).await.unwrap();
            let loaded = journal.load_list(&acme(), loaded).await.unwrap();
            let (played, loaded) = (
                played.items_in_memory().unwrap(),
                loaded.items_in_memory().unwrap(),
            );
            assert!(played.eq(loaded));
        }
    }
}

/// Sequence numbers have no gaps, the last event alone is terminal, and no item is in the texts.
async fn check_texts(house: &House, id: monshyflow_ids::RunId) {
    let events = house.journal().events(&acme(), id, 0).await.unwrap();
    for (expected, event) in (1..).zip(&events) {
        assert_eq!(event.seq, expected);
        assert_eq!(
            event.terminal,
            expected as usize == events.len(),
            "{}",
            event.json
        );
        let json: serde_json::Value = serde_json::from_str(&event.json).unwrap();
        assert_eq!(
            (&json["seq"], &json["type"]),
            (&expected.into(), &event.kind.as_str().into())
        );
        assert!(
            json["at"].as_str().unwrap().starts_with("2026-01-01T00:00:0"),
            "{}",
            event.json
        );
        assert!(
            !event.json.contains("üü") && event.json.len() < 1_000,
            "{:.2000}",
            event.json
        );
    }
}
