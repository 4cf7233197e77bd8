use jiff::Timestamp;
use monshyflow_engine::{Event, Run, replay};
use monshyflow_ids::{RunId, TenantId};
use monshyflow_workflow::Workflow;

use crate::record::{FullList, ListCounts};
use crate::run_doc::HISTORY;
use crate::{Error, Journal, Past, batch, decode, event_text};

/// Bytes of history that are read at once.
const PAGE: usize = 4 << 20;

/// What a history says.
#[derive(Debug)]
pub(crate) struct Loaded {
    pub(crate) run: Run,
    /// 0 if there is none.
    pub(crate) last_seq: u64,
    pub(crate) past: Past,
    pub(crate) next_batch: u64,
    /// The greatest, which is that of the last batch.
    pub(crate) fence: u64,
}

/// Where a history ends, without the workflow that is needed to understand it.
#[derive(Debug, Default)]
pub(crate) struct LogEnd {
    pub(crate) next_batch: u64,
    pub(crate) last_seq: u64,
    /// The last event is terminal.
    pub(crate) ended: bool,
    pub(crate) fence: u64,
    /// Steps that were started and have no result.
    pub(crate) in_flight: Vec<StepKey>,
}

/// Node id, iteration, attempt.
pub(crate) type StepKey = (Option<String>, Vec<u32>, Option<u32>);

impl Journal {
    /// The run as its durable history says. Ask it for inputs, outputs, steps and the result. `workflow` must be the one
    /// that the run's document names.
    pub async fn load_run(&self, tenant: &TenantId, run: RunId, workflow: &Workflow) -> Result<Run, Error> {
        self.run(tenant, run).await?;
        Ok(self.replay_log(tenant, run, workflow).await?.run)
    }

    pub(crate) async fn replay_log(
        &self,
        tenant: &TenantId,
        id: RunId,
        workflow: &Workflow,
    ) -> Result<Loaded, Error> {
        self.read_history(tenant, id, workflow, |_| {}).await
    }

    /// The run's events with their items, as `workflow` understands them. That may be another version than the one that ran,
    /// as long as the history fits it.
    pub async fn load_events(
        &self,
        tenant: &TenantId,
        run: RunId,
        workflow: &Workflow,
    ) -> Result<Vec<Event>, Error> {
        self.run(tenant, run).await?;
        let mut events = Vec::new();
        self.read_history(tenant, run, workflow, |event| events.push(event))
            .await?;
        Ok(events)
    }

    async fn read_history(
        &self,
        tenant: &TenantId,
        id: RunId,
        workflow: &Workflow,
        mut each: impl FnMut(Event),
    ) -> Result<Loaded, Error> {
        let stream = id.to_string();
        let mut loaded = Loaded {
            run: Run::new(),
            last_seq: 0,
            past: Past::default(),
            next_batch: 0,
            fence: 0,
        };
        loop {
            let entries = self
                .store
                .read_log(tenant, &HISTORY, &stream, loaded.next_batch, PAGE)
                .await?;
            if entries.is_empty() {
                return Ok(loaded);
            }
            for entry in entries {
                check_order(entry.index, loaded.next_batch, "batch")?;
                loaded.next_batch += 1;
                let batch = batch::read::<FullList>(&entry.bytes)?;
                if batch.fence < loaded.fence {
                    return Err(Error::Damaged(
                        "a batch of a holder that had lost the run".to_owned(),
                    ));
                }
                loaded.fence = batch.fence;
                for record in batch.events {
                    check_order(record.seq, loaded.last_seq + 1, "event")?;
                    loaded.last_seq += 1;
                    let at: Option<Timestamp> = record.at.parse().ok();
                    let event = decode::event(self, tenant, workflow, &loaded.run, record).await?;
                    loaded.past.went_on(&loaded.run, at);
                    replay(workflow, &mut loaded.run, &event)?;
                    loaded.past.heard(&event, at);
                    each(event);
                }
            }
        }
    }

    pub(crate) async fn end_of_log(&self, tenant: &TenantId, id: RunId) -> Result<LogEnd, Error> {
        let stream = id.to_string();
        let mut end = LogEnd::default();
        loop {
            let entries = self
                .store
                .read_log(tenant, &HISTORY, &stream, end.next_batch, PAGE)
                .await?;
            if entries.is_empty() {
                return Ok(end);
            }
            for entry in &entries {
                let batch = batch::read::<ListCounts>(&entry.bytes)?;
                end.next_batch = entry.index + 1;
                end.fence = end.fence.max(batch.fence);
                for event in batch.events {
                    end.last_seq = event.seq;
                    end.ended = event_text::is_terminal(&event.kind);
                    let step = (event.node, event.iteration, event.attempt);
                    match event.kind.as_str() {
                        "step-started" => end.in_flight.push(step),
                        "step-succeeded" | "step-failed" => end.in_flight.retain(|known| *known != step),
                        _ => {}
                    }
                }
            }
        }
    }
}

fn check_order(found: u64, expected: u64, what: &str) -> Result<(), Error> {
    if found == expected {
        Ok(())
    } else {
        Err(Error::Damaged(format!(
            "{what} {expected} is missing, {found} follows"
        )))
    }
}
