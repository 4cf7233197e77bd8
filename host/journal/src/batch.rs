//! Batches of events, as texts.

use bytes::Bytes;

use crate::Error;
use crate::record::{BatchRecord, VERSION};

/// A batch is cut before it gets larger than this, in bytes; one event may be up to `LARGEST_EVENT`.
const BATCH: usize = 2 << 20;
/// Below the store's limit for an entry.
pub(crate) const LARGEST_EVENT: usize = 12 << 20;

/// Joins the texts of events to as few batches as fit.
pub(crate) fn join(fence: u64, events: &[String]) -> Vec<Bytes> {
    let mut batches = Vec::new();
    let mut rest = events;
    while !rest.is_empty() {
        let mut size = 0;
        let fitting = rest.iter().take_while(|text| {
            size += text.len() + 1;
            size <= BATCH
        });
        let count = fitting.count().max(1);
        batches.push(batch(fence, &rest[..count]));
        rest = &rest[count..];
    }
    batches
}

/// What a new holder appends first, so that an old one cannot any more.
pub(crate) fn fence_marker(fence: u64) -> Bytes {
    batch(fence, &[])
}

/// A log entry.
pub(crate) fn read<'a, L>(bytes: &'a [u8]) -> Result<BatchRecord<L>, Error>
where
    L: serde::Deserialize<'a>,
{
    let batch: BatchRecord<L> = serde_json::from_slice(bytes)
        .map_err(|error| Error::Damaged(format!("a batch of events: {error}")))?;
    if batch.v == VERSION {
        Ok(batch)
    } else {
        let why = format!(
            "a batch of events of version {}; this program knows {VERSION}",
            batch.v
        );
        Err(Error::Damaged(why))
    }
}

fn batch(fence: u64, events: &[String]) -> Bytes {
    let mut text = format!("{{\"v\":{VERSION},\"fence\":{fence},\"events\":[");
    text.reserve(events.iter().map(|event| event.len() + 1).sum::<usize>() + 2);
    for (index, event) in events.iter().enumerate() {
        if index > 0 {
            text.push(',');
        }
        text.push_str(event);
    }
    text.push_str("]}");
    Bytes::from(text)
}
