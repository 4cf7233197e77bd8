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
        let answers = (0..8).map(|_| {
            let (runner, ticket) = (house.runner.clone(), ticket.clone());
            tokio::spawn(async move { runner.signal(&ticket, &json!({ "choice": "approve" })).await })
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

/// As when a request comes before a new process has taken up what the old one left.
pub(crate) async fn an_answer_and_recovery_count_once() {
    let http = HttpServer::start().await.unwrap();
    let mut house = House::open(&[format!("127.0.0.1:{}", http.port())]).await;
    let run = house.start(&chain(&[post("ask", &http.url("/delay/300"))])).await;
    while http.ledger().is_empty() {
        tokio::time::sleep(Duration::from_millis(1)).await;
    }
    house.replace().await;
    let (one, other) = tokio::join!(house.runner.recover(), house.runner.recover());
    one.and(other).unwrap();
    house.until(run, "succeeded").await;
    assert_eq!(http.ledger().len(), 2, "what was in flight is tried again once");
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
