//! Tenants that share the places of one process. A run holds its place while it tries again.

use std::collections::HashMap;
use std::time::{Duration, Instant};

use monshyflow_ids::{RunId, TenantId};
use monshyflow_runner::{Limits, RunView, StartRequest};
use monshyflow_testkit::http::HttpServer;
use serde_json::json;

use crate::document::{chain, post, with_settings};
use crate::house::{House, MOMENT, PATIENCE, other_tenant, tenant};

const MINUTE: Duration = Duration::from_secs(60);

struct World {
    http: HttpServer,
    house: House,
}

impl World {
    async fn open(active_runs: usize, tenant_runs: usize) -> Self {
        let limits = Limits {
            active_runs,
            tenant_runs,
            ..Limits::default()
        };
        let http = HttpServer::start().await.unwrap();
        let house = House::with_limits(&[format!("127.0.0.1:{}", http.port())], limits).await;
        Self { http, house }
    }

    /// Asks, holds its place for a minute, asks again and ends.
    async fn start(&self, tenant: &TenantId, name: &str) -> RunId {
        let ask = post("ask", &self.http.url(&format!("/status/503?{name}")));
        let settings = json!({ "retry": { "attempts": 2, "delayMs": 60_000 }, "onError": "continue" });
        let document = chain(&[with_settings(ask, settings)]);
        let catalog = &self.house.catalog;
        let body = serde_json::to_vec(&document).unwrap();
        let draft = catalog.create_workflow(tenant, body.into(), None).await.unwrap();
        catalog.publish(tenant, draft.id, None, None).await.unwrap();
        let request = StartRequest::default_for(draft.id);
        self.house.runner.start(tenant, request).await.unwrap().run
    }

    /// Who has begun, in order.
    fn begun(&self) -> Vec<String> {
        let mut begun: Vec<String> = Vec::new();
        for request in self.http.ledger().requests() {
            if !begun.contains(&request.query) {
                begun.push(request.query);
            }
        }
        begun
    }

    /// So many have begun, and no more do.
    async fn until_begun(&self, count: usize) -> Vec<String> {
        let started = Instant::now();
        while self.begun().len() < count {
            assert!(started.elapsed() < PATIENCE, "{:?}", self.begun());
            tokio::time::sleep(MOMENT).await;
        }
        tokio::time::sleep(MOMENT).await;
        self.begun()
    }

    async fn until(&self, (tenant, run): &(TenantId, RunId), is_there: impl Fn(&RunView) -> bool) {
        let started = Instant::now();
        loop {
            let view = self.house.runner.run(tenant, *run).await.unwrap();
            if is_there(&view) {
                return;
            }
            assert!(started.elapsed() < PATIENCE, "{view:?}");
            tokio::time::sleep(MOMENT).await;
        }
    }
}

fn tries_again(view: &RunView) -> bool {
    let mut steps = view.steps.iter().flatten();
    steps.any(|step| step.id == "ask" && step.status == "retrying")
}

/// Who comes late with little does not stand behind all that another brought before.
pub(crate) async fn take_turns() {
    let world = World::open(1, 1).await;
    let mut runs = HashMap::new();
    for name in ["a1", "a2", "a3", "a4"] {
        runs.insert(name, (tenant(), world.start(&tenant(), name).await));
        assert_eq!(world.until_begun(1).await, ["a1"]);
    }
    for name in ["b1", "b2"] {
        runs.insert(name, (other_tenant(), world.start(&other_tenant(), name).await));
    }
    let order = ["a1", "b1", "a2", "b2", "a3", "a4"];
    for (index, name) in order.iter().enumerate() {
        assert_eq!(world.until_begun(index + 1).await, order[..=index]);
        world.until(&runs[name], tries_again).await;
        world.house.time.advance(MINUTE * 2);
        world.until(&runs[name], |view| view.status == "succeeded").await;
    }
}

/// However many wait, of one tenant only so many work; the others' places stay free.
pub(crate) async fn have_so_many_places() {
    let world = World::open(3, 2).await;
    for name in ["a1", "a2", "a3", "a4"] {
        world.start(&tenant(), name).await;
    }
    assert_eq!(world.until_begun(2).await.len(), 2);
    world.start(&other_tenant(), "b1").await;
    assert_eq!(world.until_begun(3).await[2..], ["b1"]);
}
