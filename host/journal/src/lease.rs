use std::sync::Arc;

use jiff::Timestamp;
use monshyflow_engine::{INTERRUPTED, Run, StepError};
use monshyflow_ids::{RunId, TenantId};
use monshyflow_store::{ConflictKey, Error as StoreError, Find, Op};
use monshyflow_workflow::Workflow;

use crate::appender::Start;
use crate::journal::read_run;
use crate::load::StepKey;
use crate::record::{ErrorRecord, EventRecord, FullList, ListCounts};
use crate::run_doc::{HISTORY, RUNS, RunError};
use crate::{Appender, Error, Journal, Past, RunDoc, RunNotice, Status, batch};

/// A run that this worker took over.
#[derive(Debug)]
pub struct Held {
    journal: Journal,
    tenant: TenantId,
    id: RunId,
    doc: RunDoc,
    version: u64,
}

/// Part of the list of runs that wait for a time.
#[derive(Debug)]
pub struct WaitingPage {
    /// When, in milliseconds since 1970, whose, and which.
    pub items: Vec<(u64, TenantId, RunId)>,
    pub next: Option<String>,
}

impl Journal {
    /// Open runs of all tenants that nobody holds: queued ones, and those whose worker died. Oldest leases first, at most
    /// 1,000; take them over and ask again.
    pub async fn recoverable(&self) -> Result<Vec<(TenantId, RunId, RunDoc)>, Error> {
        let mut found = Vec::new();
        let mut cursor = None;
        loop {
            let mut find = Find::by(&RUNS, RUNS.across_tenants[0]).limit(1_000).after(cursor);
            if !self.is_only_worker() {
                find = find.below(self.now().as_millisecond());
            }
            let page = self.store.find_any_tenant(find).await?;
            for (tenant, document) in &page.items {
                let (run, doc) = read_run(document)?;
                if doc.lease_owner != Some(self.worker) {
                    found.push((tenant.clone(), run, doc));
                }
            }
            cursor = page.next;
            if cursor.is_none() || found.len() >= 1_000 {
                return Ok(found);
            }
        }
    }

    /// Runs of all tenants that wait, by the time at which they are to be woken, from `after` on.
    pub async fn waiting(&self, after: Option<String>) -> Result<WaitingPage, Error> {
        let find = Find::by(&RUNS, RUNS.across_tenants[1]).limit(1_000).after(after);
        let page = self.store.find_any_tenant(find).await?;
        let mut items = Vec::with_capacity(page.items.len());
        for (tenant, document) in page.items {
            let (run, doc) = read_run(&document)?;
            items.extend(doc.wake_at.map(|at| (at, tenant, run)));
        }
        Ok(WaitingPage {
            items,
            next: page.next,
        })
    }

    /// Takes the lease of an open run, also if somebody has it, who then loses it. `LostLease` if another worker was
    /// faster, or the run has ended meanwhile.
    pub async fn take_over(&self, tenant: &TenantId, run: RunId) -> Result<Held, Error> {
        let (mut doc, version) = self.run_at_version(tenant, run).await?;
        if doc.status.is_terminal() {
            return Err(Error::LostLease);
        }
        doc.wake();
        doc.lease_owner = Some(self.worker);
        doc.lease_until = Some(self.lease_until());
        doc.fence += 1;
        let id = run.to_string();
        let version = self.store.replace_if(tenant, &RUNS, &id, version, &doc).await?;
        self.fence_off(tenant, &id, doc.fence).await?;
        Ok(Held {
            journal: self.clone(),
            tenant: tenant.clone(),
            id: run,
            doc,
            version,
        })
    }

    /// The old holder cannot change the document any more. This takes its next batch number, so that it cannot add to the
    /// history either. `LostLease` if somebody with a higher fence was here already.
    async fn fence_off(&self, tenant: &TenantId, stream: &str, fence: u64) -> Result<(), Error> {
        loop {
            let mut next = 0;
            if let Some(last) = self.store.last_index(tenant, &HISTORY, stream).await? {
                let entries = self.store.read_log(tenant, &HISTORY, stream, last, 1).await?;
                let entry = entries.first().ok_or(Error::NotFound)?;
                // What cannot be read must not keep the run from being ended.
                if batch::read::<ListCounts>(&entry.bytes).is_ok_and(|batch| batch.fence > fence) {
                    return Err(Error::LostLease);
                }
                next = entry.index + 1;
            }
            match self
                .store
                .append(tenant, &HISTORY, stream, next, batch::fence_marker(fence))
                .await
            {
                // Somebody was just appending: the old holder, or another one who takes over.
                Err(StoreError::Conflict {
                    key: ConflictKey::LogIndex(_),
                    ..
                }) => {}
                Err(error) => return Err(error.into()),
                Ok(()) => return Ok(()),
            }
        }
    }
}

impl Held {
    pub fn doc(&self) -> &RunDoc {
        &self.doc
    }

    pub fn run_id(&self) -> RunId {
        self.id
    }

    pub fn tenant(&self) -> &TenantId {
        &self.tenant
    }

    /// The run as its history says, and the appender that goes on with it. If `run.is_finished()`, call
    /// `appender.finish()`: the history says so and the document does not yet.
    pub async fn load(&self, workflow: Arc<Workflow>) -> Result<(Appender, Run, Past), Error> {
        let loaded = self.journal.replay_log(&self.tenant, self.id, &workflow).await?;
        // Otherwise this would go on behind the batches of the one who came after.
        if loaded.fence > self.doc.fence {
            return Err(Error::LostLease);
        }
        let past = loaded.past;
        let mut start = Start {
            doc: self.doc.clone(),
            doc_changed: false,
            version: Some(self.version),
            next_seq: loaded.last_seq + 1,
            next_batch: loaded.next_batch,
            ended: loaded.run.is_finished(),
            hidden: false,
        };
        if loaded.run.is_finished() {
            let node_id = |node| workflow.node(node).id.clone();
            let error = loaded
                .run
                .error()
                .map(|(node, error)| RunError::new(error, node.map(node_id)));
            let at = past.last_at.unwrap_or_else(|| self.journal.now());
            start.doc.end(loaded.run.status().into(), error, at);
            start.doc.cancel(loaded.run.cancel_reason());
            start.doc_changed = true;
        }
        Ok((
            Appender::new(&self.journal, &self.tenant, self.id, workflow, start),
            loaded.run,
            past,
        ))
    }

    /// Ends the run as failed without its workflow, because that cannot be had any more, or its history cannot be read.
    pub async fn fail(self, error: &StepError) -> Result<RunDoc, Error> {
        let (tenant, stream, now) = (&self.tenant, self.id.to_string(), self.journal.now());
        let mut doc = self.doc;
        doc.end(Status::Failed, Some(RunError::new(error, None)), now);
        let mut ops = Vec::new();
        match self.journal.end_of_log(tenant, self.id).await {
            Ok(end) if end.fence > doc.fence => return Err(Error::LostLease),
            Ok(end) if end.ended => return Err(Error::Misuse("failing a run that has ended")),
            Ok(end) => {
                let events = last_events(end.last_seq, end.in_flight, error, now)?;
                for (index, entry) in (end.next_batch..).zip(batch::join(doc.fence, &events)) {
                    ops.push(Op::append(tenant, &HISTORY, stream.clone(), index, entry));
                }
            }
            // A history that cannot be read stays as it is; the document says how the run ended.
            Err(Error::Damaged(why)) => {
                tracing::warn!(run = %self.id, why, "the history of a failed run is damaged")
            }
            Err(error) => return Err(error),
        }
        ops.push(Op::replace(tenant, &RUNS, stream, self.version, &doc)?);
        self.journal.store.write(ops).await?;
        self.journal.live.watch(tenant, self.id).changed();
        let notice = RunNotice {
            run: self.id,
            workflow_id: doc.workflow_id,
            status: doc.status,
        };
        self.journal.live.announce(tenant, notice);
        Ok(doc)
    }

    /// Gives the lease back without having done anything.
    pub async fn release(mut self) -> Result<(), Error> {
        self.doc.lease_owner = None;
        self.doc.lease_until = Some(0);
        let id = self.id.to_string();
        self.journal
            .store
            .replace_if(&self.tenant, &RUNS, &id, self.version, &self.doc)
            .await?;
        Ok(())
    }
}

/// What ends a history: the steps that nobody waits for any more, as the engine would end them, and the run.
fn last_events(
    mut seq: u64,
    in_flight: Vec<StepKey>,
    error: &StepError,
    now: Timestamp,
) -> Result<Vec<String>, Error> {
    let mut next = |kind: &str| {
        seq += 1;
        EventRecord::<FullList>::empty(kind, seq, now)
    };
    let mut events = Vec::new();
    for (node, iteration, attempt) in in_flight {
        let interrupted = ErrorRecord {
            code: INTERRUPTED.to_owned(),
            message: "the run ended before the step did".to_owned(),
            retryable: false,
            retry_after_ms: None,
            details: None,
        };
        let mut record = next("step-failed");
        (record.node, record.iteration, record.attempt) = (node, iteration, attempt);
        (record.error, record.then) = (Some(interrupted), Some("stop".to_owned()));
        events.push(record.to_text()?);
    }
    let mut record = next("run-failed");
    record.error = Some(ErrorRecord::of(error));
    events.push(record.to_text()?);
    Ok(events)
}
