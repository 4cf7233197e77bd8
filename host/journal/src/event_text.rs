use bytes::Bytes;

use crate::record::ListCounts;
use crate::{Error, batch};

/// One event as readers see it: item lists are `{"port":"main","count":3,"bytes":120}`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct EventText {
    pub seq: u64,
    /// Such as `step-started`.
    pub kind: String,
    /// A JSON object with `seq`, `at`, `type` and what the type has.
    pub json: String,
    /// Nothing follows.
    pub terminal: bool,
}

/// Events of a log entry without their items.
pub(crate) fn read(bytes: &Bytes) -> Result<Vec<EventText>, Error> {
    let batch = batch::read::<ListCounts>(bytes)?;
    let texts = batch.events.into_iter().map(|mut event| {
        // What a node keeps for itself.
        event.state = None;
        // The run itself shows the body.
        if let Some(response) = &mut event.response {
            response.text = None;
            response.object = None;
        }
        let json = serde_json::to_string(&event).map_err(|error| Error::Damaged(error.to_string()))?;
        Ok(EventText {
            seq: event.seq,
            terminal: is_terminal(&event.kind),
            kind: event.kind,
            json,
        })
    });
    texts.collect()
}

pub(crate) fn is_terminal(kind: &str) -> bool {
    matches!(
        kind,
        "run-succeeded" | "run-failed" | "run-cancelled" | "run-timed-out"
    )
}
