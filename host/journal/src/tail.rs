use std::collections::VecDeque;

use futures::{Stream, stream};
use monshyflow_ids::{RunId, TenantId};
use tokio::sync::{broadcast, watch};

use crate::live::Watched;
use crate::run_doc::HISTORY;
use crate::{Error, EventText, Journal, Notice, event_text};

/// Bytes of history that are read at once.
const PAGE: usize = 1 << 20;

struct Tail {
    journal: Journal,
    tenant: TenantId,
    run: RunId,
    after_seq: u64,
    next_batch: u64,
    read: VecDeque<EventText>,
    ended: bool,
    changes: watch::Receiver<u64>,
    /// Keeps the place at which the writer says that there is more.
    _place: Watched,
}

impl Journal {
    /// Events after `after_seq` (0: all), as they become durable, until the terminal one. None is lost or repeated.
    pub async fn tail(
        &self,
        tenant: &TenantId,
        run: RunId,
        after_seq: u64,
    ) -> Result<impl Stream<Item = Result<EventText, Error>> + Send + Unpin + use<>, Error> {
        // The place first, so that nothing can happen between reading and waiting.
        let place = self.live.watch(tenant, run);
        let changes = place.reader();
        self.run(tenant, run).await?;
        let tail = Tail {
            journal: self.clone(),
            tenant: tenant.clone(),
            run,
            after_seq,
            next_batch: 0,
            read: VecDeque::new(),
            ended: false,
            changes,
            _place: place,
        };
        let events = stream::try_unfold(tail, |mut tail| async move {
            Ok(tail.next().await?.map(|event| (event, tail)))
        });
        Ok(Box::pin(events))
    }

    /// What the history has after `after_seq` now.
    pub async fn events(
        &self,
        tenant: &TenantId,
        run: RunId,
        after_seq: u64,
    ) -> Result<Vec<EventText>, Error> {
        self.run(tenant, run).await?;
        let (mut events, mut next_batch) = (Vec::new(), 0);
        while self
            .read_events(tenant, run, &mut next_batch, &mut events)
            .await?
        {}
        events.retain(|event| event.seq > after_seq);
        Ok(events)
    }

    /// Runs of the tenant that start and end from now on.
    pub fn notices(&self, tenant: &TenantId) -> impl Stream<Item = Notice> + Send + Unpin + use<> {
        let notices = stream::unfold(self.live.notices(tenant), |mut notices| async move {
            match notices.recv().await {
                Ok(notice) => Some((Notice::Run(notice), notices)),
                Err(broadcast::error::RecvError::Lagged(missed)) => Some((Notice::Missed(missed), notices)),
                Err(broadcast::error::RecvError::Closed) => None,
            }
        });
        Box::pin(notices)
    }

    /// Answers whether there was anything.
    async fn read_events(
        &self,
        tenant: &TenantId,
        run: RunId,
        next_batch: &mut u64,
        events: &mut impl Extend<EventText>,
    ) -> Result<bool, Error> {
        let entries = self
            .store
            .read_log(tenant, &HISTORY, &run.to_string(), *next_batch, PAGE)
            .await?;
        for entry in &entries {
            *next_batch = entry.index + 1;
            events.extend(event_text::read(&entry.bytes)?);
        }
        Ok(!entries.is_empty())
    }
}

impl Tail {
    async fn next(&mut self) -> Result<Option<EventText>, Error> {
        loop {
            if let Some(event) = self.read.pop_front() {
                self.ended |= event.terminal;
                if event.seq > self.after_seq {
                    return Ok(Some(event));
                }
                continue;
            }
            if self.ended {
                return Ok(None);
            }
            self.changes.borrow_and_update();
            let (tenant, run) = (&self.tenant, self.run);
            if self
                .journal
                .read_events(tenant, run, &mut self.next_batch, &mut self.read)
                .await?
            {
                continue;
            }
            // Also after a change, since the change may have been the deletion of the run.
            self.journal.run(tenant, run).await?;
            if self.changes.changed().await.is_err() {
                return Ok(None);
            }
        }
    }
}
