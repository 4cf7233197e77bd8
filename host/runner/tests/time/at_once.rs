use std::time::Duration;

use futures::{FutureExt, StreamExt};
use monshyflow_catalog::Which;
use monshyflow_engine::{Event, Plan};
use monshyflow_ids::RunId;
use monshyflow_items::{Item, ItemList, Json};
use monshyflow_journal::{NewRun, RunFilter, Status};
use monshyflow_runner::StartRequest;
use monshyflow_testkit::http::HttpServer;
use serde_json::json;

use crate::document::{chain, no_op, node, post};
use crate::house::{House, tenant};

/// More than recovery finds at once.
const OPEN: usize = 1_005;

pub(crate) async fn many_answers_count_once() {
    let http = HttpServer::start().await.unwrap();
    let house = House::open(&[format!("127.0.0.1:{}", http.port())]).await;
    let ask = node("ask", "approval@1", json!({}));
    let document = chain(&[ask, post("after", &http.url("/delay/20"))]);
    for round in 1..=10 {
        let run = house.start(&document).await;
        house.until(run, "waiting").await;
        let url = house.step(run, "ask").await.unwrap().resume_url.unwrap();
        let ticket = url.rsplit('/').next().unwrap().to_owned();
        let answers = (0..8).map(|number| {
            let (runner, ticket) = (house.runner.clone(), ticket.clone());
            tokio::spawn(async move {
                // Also while the first one takes the run up, and while what is behind it is under way.
                tokio::time::sleep(Duration::from_millis(number * round as u64 / 4)).await;
                runner.signal(&ticket, &json!({ "choice": "approve" })).await
            })
        });
        let answers = futures::future::join_all(answers.collect::<Vec<_>>()).await;
        let taken = answers.iter().filter(|answer| answer.as_ref().unwrap().is_ok());
        assert_eq!(taken.count(), 1, "{answers:?}");
        house.until(run, "succeeded").await;
        assert_eq!(
            http.ledger().len(),
            round,
            "what is behind the answer was done twice"
        );
    }
}

/// Whoever takes up what an old process left, and however often.
pub(crate) async fn recovering_again_counts_once() {
    const RUNS: usize = 6;
    let http = HttpServer::start().await.unwrap();
    let mut house = House::open(&[format!("127.0.0.1:{}", http.port())]).await;
    let workflow = house
        .publish(&chain(&[post("ask", &http.url("/delay/1000"))]))
        .await;
    let mut runs = Vec::new();
    for _ in 0..RUNS {
        runs.push(house.start_published(workflow).await);
    }
    while http.ledger().len() < RUNS {
        tokio::time::sleep(Duration::from_millis(1)).await;
    }
    house.replace().await;
    let recover = async |after| {
        tokio::time::sleep(Duration::from_millis(after)).await;
        house.runner.recover().await.unwrap();
    };
    tokio::join!(recover(0), recover(0), recover(5), recover(20), recover(100));
    for run in runs {
        house.until(run, "succeeded").await;
    }
    assert_eq!(
        http.ledger().len(),
        2 * RUNS,
        "what was in flight is tried again once"
    );
}

pub(crate) async fn who_starts_a_run_may_go_away() {
    let house = House::open(&[]).await;
    let workflow = house.publish(&chain(&[no_op("pass")])).await;
    let request = |key: usize| StartRequest {
        idempotency_key: Some(format!("key-{key}")),
        ..StartRequest::default_for(workflow)
    };
    for looks in 0..40 {
        let who = tenant();
        let mut start = Box::pin(house.runner.start(&who, request(looks)));
        for _ in 0..looks {
            if (&mut start).now_or_never().is_some() {
                break;
            }
            tokio::time::sleep(Duration::from_micros(50)).await;
        }
        drop(start);
        let again = house.runner.start(&who, request(looks)).await.unwrap();
        house.until(again.run, "succeeded").await;
    }
}

pub(crate) async fn all_open_runs_are_recovered() {
    let house = House::open(&[]).await;
    let workflow = house.publish(&chain(&[])).await;
    let (graph, version) = house
        .catalog
        .find_graph(&tenant(), workflow, Which::Published)
        .await
        .unwrap();
    let trigger = graph.workflow.by_id("start").unwrap();
    let create = async |number: usize| {
        let run = NewRun {
            id: RunId::at(number as u64, [0; 10]),
            workflow_id: workflow,
            workflow_version: version,
            document: graph.digest.clone(),
            trigger: "manual".to_owned(),
            idempotency_key: None,
            singleton_key: None,
            options: serde_json::Value::Null,
        };
        let input = ItemList::from_items(vec![Item::new(Json::empty_object())]);
        let requested = Event::RunRequested {
            trigger,
            input,
            plan: Plan::default(),
        };
        house
            .journal
            .create(&tenant(), run, graph.workflow.clone(), &[requested])
            .await
            .unwrap();
    };
    futures::stream::iter(0..OPEN)
        .map(create)
        .buffer_unordered(50)
        .collect::<()>()
        .await;
    assert_eq!(house.runner.recover().await.unwrap(), OPEN);
    for status in [Status::Queued, Status::Running] {
        let filter = RunFilter {
            status: Some(status),
            limit: 1,
            ..RunFilter::default()
        };
        while !house
            .journal
            .runs(&tenant(), filter.clone())
            .await
            .unwrap()
            .items
            .is_empty()
        {
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
    }
}
