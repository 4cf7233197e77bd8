use jiff::Timestamp;
use monshyflow_engine::{Run, replay};
use monshyflow_ids::{RunId, TenantId};
use monshyflow_workflow::Workflow;

use crate::record::{FullList, ListCounts};
use crate::run_doc::HISTORY;
use crate::{Error, Journal, batch, decode, event_text};

/// Bytes of history that are read at once.
const PAGE: usize = 4 << 20;

/// What a history says.
#[derive(Debug)]
pub(crate) struct Loaded {
    pub(crate) run: Run,
    /// 0 if there is none.
    pub(crate) last_seq: u64,
    pub(crate) last_at: Option<Timestamp>,
    pub(crate) next_batch: u64,
}

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
        let stream = id.to_string();
        let mut loaded = Loaded {
            run: Run::new(),
            last_seq: 0,
            last_at: None,
            next_batch: 0,
        };
        let mut fence = 0;
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
                if batch.fence < fence {
                    return Err(Error::Damaged(
                        "a batch of a holder that had lost the run".to_owned(),
                    ));
                }
                fence = batch.fence;
                for record in batch.events {
                    check_order(record.seq, loaded.last_seq + 1, "event")?;
                    loaded.last_seq += 1;
                    loaded.last_at = record.at.parse().ok();
                    let event = decode::event(self, tenant, workflow, &loaded.run, record).await?;
                    replay(workflow, &mut loaded.run, &event)?;
                }
            }
        }
    }

    /// Next batch number, last sequence number, and whether the last event is terminal.
    pub(crate) async fn end_of_log(&self, tenant: &TenantId, id: RunId) -> Result<(u64, u64, bool), Error> {
        let stream = id.to_string();
        let (mut next_batch, mut last_seq, mut ended) = (0, 0, false);
        loop {
            let entries = self
                .store
                .read_log(tenant, &HISTORY, &stream, next_batch, PAGE)
                .await?;
            let Some(last) = entries.last() else {
                return Ok((next_batch, last_seq, ended));
            };
            next_batch = last.index + 1;
            for entry in &entries {
                for record in batch::read::<ListCounts>(&entry.bytes)?.events {
                    last_seq = record.seq;
                    ended = event_text::is_terminal(&record.kind);
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
