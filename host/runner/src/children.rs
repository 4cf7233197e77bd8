//! Runs that a run calls.

use std::sync::Arc;

use futures::StreamExt;
use monshyflow_catalog::Which;
use monshyflow_engine::{Input, ResumedBy, StepId, Wait};
use monshyflow_ids::{RunId, WorkflowId};
use monshyflow_items::{Item, ItemList, Json};
use serde::Deserialize;
use serde_json::json;

use crate::drive::{Drive, RunFacts};
use crate::rerun::RunLineage;
use crate::runner::Shared;
use crate::start::{StartRequest, chain};
use crate::{Error, Runner};

/// Runs that call runs that call runs.
const DEEPEST: u32 = 10;
/// Children of one step that run at the same time.
const AT_ONCE: usize = 16;

#[derive(Debug, Deserialize)]
struct Called {
    workflow: String,
    wait: bool,
}

impl Drive {
    /// Starts the children, each under a name of its own, so that nobody starts them twice, and waits for them.
    pub(crate) fn wait_for_children(&mut self, step: StepId, wait: Wait) {
        let Wait::Children {
            items,
            counts,
            details,
            ..
        } = wait
        else {
            return;
        };
        let call = Call {
            runner: Runner(self.shared.clone()),
            facts: self.facts.clone(),
            step: step.clone(),
        };
        self.timers.push(Box::pin(async move {
            let result = call.run_all(items, counts, &details).await;
            Input::Resumed {
                step,
                by: ResumedBy::Children,
                items: result,
            }
        }));
    }
}

struct Call {
    runner: Runner,
    facts: Arc<RunFacts>,
    step: StepId,
}

impl Call {
    /// For each child an item that says how it ended, followed by the items of its result.
    async fn run_all(&self, items: ItemList, counts: Vec<u32>, details: &str) -> ItemList {
        let mut cursor = monshyflow_items::Cursor::new(items);
        let inputs: Vec<ItemList> = counts.iter().map(|count| cursor.take(*count as usize)).collect();
        let runs = futures::stream::iter(inputs.into_iter().enumerate())
            .map(|(index, input)| self.run_one(index, input, details))
            .buffered(AT_ONCE);
        let mut result = ItemList::default();
        for part in runs.collect::<Vec<_>>().await {
            result.append(&part);
        }
        result
    }

    async fn run_one(&self, index: usize, input: ItemList, details: &str) -> ItemList {
        match self.start_one(index, input, details).await {
            Ok(result) => result,
            Err(error) => {
                let error = json!({ "code": "child-not-started", "message": chain(&error) });
                head(json!({ "status": "failed", "error": error, "count": 0 }))
            }
        }
    }

    async fn start_one(&self, index: usize, input: ItemList, details: &str) -> Result<ItemList, Error> {
        let called: Called = serde_json::from_str(details)
            .map_err(|error| Error::refused("invalid-call", error.to_string()))?;
        let workflow: WorkflowId = called.workflow.parse().map_err(|_| {
            Error::refused(
                "unknown-workflow",
                format!("`{}` is no id of a workflow", called.workflow),
            )
        })?;
        if self.facts.depth >= DEEPEST {
            let message = format!("workflows call each other {DEEPEST} deep; is there a circle?");
            return Err(Error::refused("too-deep", message));
        }
        let rounds: Vec<String> = self.step.iteration.iter().map(u32::to_string).collect();
        let node = &self.facts.graph.workflow.node(self.step.node).id;
        let input = self
            .runner
            .0
            .journal
            .load_list(&self.facts.tenant, &input)
            .await?;
        let request = StartRequest {
            which: Which::Published,
            items: Some(input.items_in_memory().into_iter().flatten().cloned().collect()),
            lineage: RunLineage {
                parent: Some(self.facts.run),
                depth: self.facts.depth + 1,
                ..RunLineage::default()
            },
            idempotency_key: Some(format!(
                "child/{}/{node}/{}/{index}",
                self.facts.run,
                rounds.join("-")
            )),
            ..StartRequest::default_for(workflow)
        };
        let started = self.runner.start(&self.facts.tenant, request).await?;
        let run = started.run;
        if !called.wait {
            return Ok(head(
                json!({ "id": run.to_string(), "status": "queued", "count": 0 }),
            ));
        }
        if started.finished().await.is_none() {
            self.until_ended(run).await?;
        }
        self.result(run).await
    }

    /// For a child that waits, or that another process began: its end is looked for in the store.
    async fn until_ended(&self, run: RunId) -> Result<(), Error> {
        let mut events = self.runner.0.journal.tail(&self.facts.tenant, run, 0).await?;
        while let Some(event) = events.next().await {
            event?;
        }
        Ok(())
    }

    async fn result(&self, run: RunId) -> Result<ItemList, Error> {
        let shared: &Shared = &self.runner.0;
        let (tenant, doc) = (
            &self.facts.tenant,
            self.runner.doc(&self.facts.tenant, run).await?,
        );
        let graph = shared.catalog.graph(tenant, &doc.document).await?;
        let state = shared.journal.load_run(tenant, run, &graph.workflow).await?;
        let mut items = ItemList::default();
        for (_, _, list) in state.result(&graph.workflow) {
            items.append(&list);
        }
        let error = doc
            .error
            .as_ref()
            .map(|error| json!({ "code": error.code, "message": error.message }));
        let mut result = head(json!({
            "id": run.to_string(), "status": doc.status.as_str(), "error": error, "count": items.len(),
        }));
        let loaded = shared.journal.load_list(tenant, &items).await?;
        // Their sources are in the other run.
        let own = loaded.items_in_memory().into_iter().flatten().map(|item| Item {
            source: monshyflow_items::Source::None,
            ..item.clone()
        });
        result.append(&ItemList::from_items(own.collect()));
        Ok(result)
    }
}

fn head(value: serde_json::Value) -> ItemList {
    ItemList::from_items(vec![Item::new(Json::from_value(&value))])
}
