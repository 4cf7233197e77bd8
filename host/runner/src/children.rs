//! Runs that a run calls.

use std::sync::Arc;
use std::time::Duration;

use futures::StreamExt;
use monshyflow_catalog::Which;
use monshyflow_engine::{CancelReason, Input, ResumedBy, StepId, Wait};
use monshyflow_ids::{RunId, WorkflowId};
use monshyflow_items::{Item, ItemList, Json};
use monshyflow_journal::{Error as JournalError, RunDoc, Status};
use serde::Deserialize;
use serde_json::json;
use sha2::{Digest, Sha256};
use tokio_util::sync::CancellationToken;

use crate::drive::{Drive, RunFacts};
use crate::rerun::RunLineage;
use crate::runner::Shared;
use crate::start::{StartRequest, Started, chain, unix_millis, without_source};
use crate::view::RunView;
use crate::{Error, Runner};

/// Runs that call runs that call runs.
const DEEPEST: u32 = 10;
/// Children of one step that run at the same time.
const AT_ONCE: usize = 16;
/// Before a store that was away is asked again.
const TRY_AGAIN: Duration = Duration::from_secs(1);

#[derive(Debug, Deserialize)]
struct Called {
    workflow: String,
    wait: bool,
}

impl Called {
    fn read(details: &str) -> Result<Self, Error> {
        serde_json::from_str(details).map_err(|error| Error::refused("invalid-call", error.to_string()))
    }
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
        let stop = CancellationToken::new();
        self.interrupts.insert(step.clone(), stop.clone());
        let call = Call {
            stop,
            runner: Runner(self.shared.clone()),
            facts: self.facts.clone(),
            step: step.clone(),
            number: self.run.see().last_call(&step.place()).unwrap_or(0),
        };
        self.due(Some(call.number), async move {
            let result = call.run_all(items, counts, &details).await;
            Input::Resumed {
                step,
                by: ResumedBy::Children,
                items: result,
            }
        });
    }
}

struct Call {
    runner: Runner,
    facts: Arc<RunFacts>,
    step: StepId,
    /// Which of the step's calls asked for them.
    number: u32,
    /// The run ends, and nobody waits for them any more.
    stop: CancellationToken,
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

    /// A store that is away is no reason to say that a child failed.
    async fn run_one(&self, index: usize, input: ItemList, details: &str) -> ItemList {
        loop {
            let done = match self.stop.is_cancelled() {
                true => self.stop_one(index, details).await,
                false => self.start_one(index, &input, details).await,
            };
            let error = match done {
                Ok(result) => return result,
                Err(Error::Journal(JournalError::Unavailable(why))) => {
                    tracing::warn!(why, "a called run cannot be started or read; trying again");
                    self.runner.0.clock.sleep(TRY_AGAIN).await;
                    continue;
                }
                // This run is let go of in a moment; whoever takes it up starts the child or finds it.
                Err(Error::ShuttingDown) => std::future::pending().await,
                Err(error) => error,
            };
            let code = match &error {
                Error::Refused { code, .. } => code,
                _ => "child-not-started",
            };
            let error = json!({ "code": code, "message": chain(&error) });
            return head(json!({ "status": "failed", "error": error, "count": 0 }));
        }
    }

    async fn start_one(&self, index: usize, input: &ItemList, details: &str) -> Result<ItemList, Error> {
        let called = Called::read(details)?;
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
        let mut run = self.child(index);
        let started = match self.runner.doc(&self.facts.tenant, run).await {
            Ok(_) => None,
            Err(Error::NotFound { .. }) => match self.earlier(index).await? {
                Some((earlier, doc)) if !called.wait || doc.status == Status::Succeeded => {
                    return self.done(earlier, called.wait).await;
                }
                Some((earlier, mut doc)) => {
                    doc.idempotency_key = None;
                    let (tenant, lineage) = (&self.facts.tenant, self.lineage());
                    Some(self.runner.resume(tenant, earlier, doc, run, lineage).await?)
                }
                None => Some(self.begin(run, workflow, input).await?),
            },
            Err(error) => return Err(error),
        };
        if let Some(started) = &started {
            // Another one, if its workflow allows only one at a time.
            run = started.run;
        }
        if called.wait {
            tokio::select! {
                ended = self.until_ended(run, started) => ended?,
                () = self.stop.cancelled() => return self.stop_one(index, details).await,
            }
        }
        self.done(run, called.wait).await
    }

    /// What the step hears of a run that has ended, or has begun if nobody waits for its end.
    async fn done(&self, run: RunId, wait: bool) -> Result<ItemList, Error> {
        if wait {
            return self.result(run).await;
        }
        Ok(head(
            json!({ "id": run.to_string(), "status": "queued", "count": 0 }),
        ))
    }

    /// The run that was begun for the same by a run that this one resumes. What it did stays done.
    async fn earlier(&self, index: usize) -> Result<Option<(RunId, RunDoc)>, Error> {
        let tenant = &self.facts.tenant;
        let mut resumed = self.facts.resumes;
        while let Some(caller) = resumed {
            let doc = self.runner.doc(tenant, caller).await?;
            let run = self.child_of(caller, unix_millis(doc.created_at), index);
            match self.runner.doc(tenant, run).await {
                Ok(doc) => return Ok(Some((run, doc))),
                Err(Error::NotFound { .. }) => resumed = RunLineage::of(&doc.options).resumes(),
                Err(error) => return Err(error),
            }
        }
        Ok(None)
    }

    fn lineage(&self) -> RunLineage {
        RunLineage {
            parent: Some(self.facts.run),
            depth: self.facts.depth + 1,
            ..RunLineage::default()
        }
    }

    /// The run that waits for this one ends only when this one has ended: if the process dies in between, the next one stops
    /// it again, or goes on with both.
    async fn stop_one(&self, index: usize, details: &str) -> Result<ItemList, Error> {
        let run = self.child(index);
        while Called::read(details)?.wait {
            match self.cancel(run).await {
                Ok(view) if view.finished_at.is_none() => {}
                // It has ended, or never began.
                Ok(_) | Err(Error::NotFound { .. }) => break,
                Err(error @ (Error::Journal(JournalError::Unavailable(_)) | Error::ShuttingDown)) => {
                    return Err(error);
                }
                Err(error) => {
                    tracing::error!(%run, error = %chain(&error), "a called run cannot be stopped");
                    break;
                }
            }
        }
        Ok(ItemList::default())
    }

    async fn cancel(&self, run: RunId) -> Result<RunView, Error> {
        let (runner, tenant) = (&self.runner, &self.facts.tenant);
        runner
            .cancel_because(tenant, run, CancelReason::CallerEnded)
            .await
    }

    async fn begin(&self, run: RunId, workflow: WorkflowId, input: &ItemList) -> Result<Started, Error> {
        let journal = &self.runner.0.journal;
        let input = journal.load_list(&self.facts.tenant, input).await?;
        let request = StartRequest {
            which: Which::Published,
            id: Some(run),
            by: Some("execute-workflow-trigger"),
            items: Some(input.items_in_memory().into_iter().flatten().cloned().collect()),
            lineage: self.lineage(),
            ..StartRequest::default_for(workflow)
        };
        self.runner.start(&self.facts.tenant, request).await
    }

    /// The same for the same call, however late and by whichever process it is asked for.
    fn child(&self, index: usize) -> RunId {
        self.child_of(self.facts.run, self.facts.time_ms, index)
    }

    fn child_of(&self, caller: RunId, called_at: u64, index: usize) -> RunId {
        let node = &self.facts.graph.workflow.node(self.step.node).id;
        let StepId {
            iteration, attempt, ..
        } = &self.step;
        let call = format!(
            "{}\0{node}\0{iteration:?}\0{attempt}\0{}\0{index}",
            caller, self.number
        );
        let digest: [u8; 32] = Sha256::digest(call.as_bytes()).into();
        let mut tail = [0; 10];
        tail.copy_from_slice(&digest[..10]);
        RunId::at(called_at, tail)
    }

    /// For a child that waits, or that another process began: its end is looked for in the store.
    async fn until_ended(&self, run: RunId, started: Option<Started>) -> Result<(), Error> {
        if let Some(started) = started
            && started.finished().await.is_some()
        {
            return Ok(());
        }
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
        let own = loaded.items_in_memory().into_iter().flatten();
        let own = own.cloned().map(without_source);
        result.append(&ItemList::from_items(own.collect()));
        Ok(result)
    }
}

fn head(value: serde_json::Value) -> ItemList {
    ItemList::from_items(vec![Item::new(Json::from_value(&value))])
}
